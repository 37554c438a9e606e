#include "fibonaqi/model/program_trust.hpp"

#include <algorithm>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/hash.hpp"
#include "fibonaqi/base/user_folder.hpp"
#include "fibonaqi/model/state_dict.hpp"
#include "fibonaqi/model/zip_archive.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;

constexpr int newest_version = 1;
constexpr const char* kind = "trusted-programs";

std::string text_at(const Json& entry, const char* key, const fs::path& list) {
    if (!entry.is_object() || !entry.contains(key) || !entry[key].is_string()) {
        throw FormatError(list.string() + ": an entry of 'programs' has no text '" + key +
                          "' (changed by hand?) delete the file and trust your models anew");
    }
    return entry[key].get<std::string>();
}

void write_list(const std::vector<TrustedProgram>& programs) {
    Json record = make_record(kind, newest_version);
    record["programs"] = Json::array();
    for (const TrustedProgram& program : programs) {
        record["programs"].push_back({{"sha256", program.sha256}, {"file", program.file}});
    }
    make_directories(trust_list_file().parent_path());
    write_json(trust_list_file(), record);
}

std::string bytes_of(const StoredTensor& tensor) {
    return {reinterpret_cast<const char*>(tensor.data.data()), tensor.data.size()};
}

bool is_sha256(const std::string& text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

auto find_program_in(std::vector<TrustedProgram>& programs, const std::string& sha256) {
    return std::find_if(programs.begin(), programs.end(),
                        [&](const TrustedProgram& program) { return program.sha256 == sha256; });
}

}  // namespace

fs::path trust_list_file() {
    return user_folder("XDG_CONFIG_HOME", ".config", "the list of trusted programs") /
           "fibonaqi/trusted_programs.json";
}

std::vector<TrustedProgram> trusted_programs() {
    const fs::path file = trust_list_file();
    std::error_code ignored;
    if (!fs::exists(file, ignored)) {
        return {};
    }
    const Json record = read_json(file);
    check_record(record, kind, newest_version, file.string());
    std::vector<TrustedProgram> programs;
    for (const Json& entry : record.value("programs", Json::array())) {
        programs.push_back({text_at(entry, "sha256", file), text_at(entry, "file", file)});
    }
    return programs;
}

bool is_torchscript(std::string_view bytes) {
    if (!bytes.starts_with("PK")) {
        return false;
    }
    try {
        return !ZipArchive(bytes, "").find_ending("/constants.pkl").empty();
    } catch (const ModelError&) {
        return false;
    }
}

std::string program_of_file(const fs::path& file) {
    std::string bytes = read_file(file);
    if (is_torchscript(bytes)) {
        return bytes;
    }
    if (is_tensor_file(bytes)) {
        const TensorFile tensors = parse_tensor_file(bytes, file.string());
        if (const auto found = tensors.tensors.find(program_tensor); found != tensors.tensors.end()) {
            return bytes_of(found->second);
        }
    }
    throw ModelError("'" + file.string() +
                         "' holds no TorchScript program (only those need trust; everything else is read as "
                         "data) use it as it is",
                     ExitCode::usage);
}

std::string program_of_model(const ModelFile& model) {
    const auto found = model.tensors.find(program_tensor);
    if (found == model.tensors.end() || found->second.type != TensorType::uint8) {
        throw ModelError("model '" + model.card.name + "': the tensor '" + program_tensor +
                         "' with its TorchScript program is missing (the file does not fit its card) import "
                         "the model anew");
    }
    return bytes_of(found->second);
}

TrustedProgram trust_program(const fs::path& file) {
    TrustedProgram program{sha256_hex(program_of_file(file)), fs::absolute(file).string()};
    std::vector<TrustedProgram> programs = trusted_programs();
    if (const auto found = find_program_in(programs, program.sha256); found != programs.end()) {
        return *found;
    }
    programs.push_back(program);
    write_list(programs);
    return program;
}

TrustedProgram revoke_trust(const std::string& file_or_sha256) {
    const std::string sha256 =
        is_sha256(file_or_sha256) ? file_or_sha256 : sha256_hex(program_of_file(file_or_sha256));
    std::vector<TrustedProgram> programs = trusted_programs();
    const auto found = find_program_in(programs, sha256);
    if (found == programs.end()) {
        throw ModelError(
            "'" + file_or_sha256 +
                "' is not trusted (nothing to take back) 'fibonaqi model trust --list' shows what "
                "is",
            ExitCode::usage);
    }
    TrustedProgram program = *found;
    programs.erase(found);
    write_list(programs);
    return program;
}

void require_trust(std::string_view program, const std::string& file) {
    const std::string sha256 = sha256_hex(program);
    std::vector<TrustedProgram> programs = trusted_programs();
    if (find_program_in(programs, sha256) == programs.end()) {
        throw ModelError("'" + file +
                         "' holds a TorchScript program that you have not trusted, or that has changed since "
                         "(loading it runs its code with your rights) if you know where it is from, run "
                         "'fibonaqi model trust " +
                         file + "'");
    }
}

void require_trust_of_model(const ModelFile& model) {
    if (model.card.architecture == script_architecture) {
        require_trust(program_of_model(model), model.file.empty() ? model.card.name : model.file);
    }
}

}  // namespace fibonaqi
