// NumPy's .npy files, as described in numpy/lib/format.py (versions 1.0, 2.0 and 3.0).
#include "fibonaqi/model/stored_matrix.hpp"

#include <bit>
#include <charconv>
#include <cstring>
#include <string_view>

#include <boost/interprocess/file_mapping.hpp>
#include <boost/interprocess/mapped_region.hpp>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"

namespace fibonaqi {
namespace {

static_assert(std::endian::native == std::endian::little, "stored numbers are little endian");

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t most_elements = std::size_t{1} << 40;

[[noreturn]] void damaged(const std::string& name, const std::string& problem) {
    throw FormatError(name + ": not a usable .npy file (" + problem +
                      ") write it with numpy.save, 2-d, float64");
}

struct Header {
    std::string type;  // NumPy's descr, for example <f8
    bool is_fortran = false;
    std::size_t rows = 0, columns = 0;
    std::size_t data_begin = 0;
};

// The text after 'key': in the dictionary of the header.
std::string_view value_of(std::string_view dictionary, const std::string& key, const std::string& name) {
    const std::size_t at = dictionary.find("'" + key + "':");
    if (at == std::string_view::npos) {
        damaged(name, "its header has no " + key);
    }
    std::string_view rest = dictionary.substr(at + key.size() + 3);
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    return rest;
}

std::size_t take_number(std::string_view& text, const std::string& name) {
    text.remove_prefix(std::min(text.find_first_not_of(" ,("), text.size()));
    std::size_t value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc() || value > most_elements) {
        damaged(name, "its shape is not two numbers");
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

void read_shape(std::string_view text, Header& header, const std::string& name) {
    const std::size_t close = text.find(')');
    if (!text.starts_with('(') || close == std::string_view::npos) {
        damaged(name, "its shape is not two numbers");
    }
    text = text.substr(0, close);
    header.rows = take_number(text, name);
    const bool is_list = text.find_first_not_of(" ,") == std::string_view::npos;
    header.columns = is_list ? 1 : take_number(text, name);
    if (text.find_first_not_of(" ,") != std::string_view::npos) {
        damaged(name, "its array has more than two dimensions");
    }
    if (header.columns > 0 && header.rows > most_elements / header.columns) {
        damaged(name, "its shape is absurdly large");
    }
}

std::size_t header_length(std::string_view bytes, std::size_t width) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < width; ++i) {
        length |= static_cast<std::size_t>(static_cast<unsigned char>(bytes[8 + i])) << (8 * i);
    }
    return length;
}

Header read_header(std::string_view bytes, const std::string& name) {
    if (bytes.size() < 12 || !bytes.starts_with(magic)) {
        damaged(name, "it does not begin like one");
    }
    const int version = static_cast<unsigned char>(bytes[6]);
    if (version < 1 || version > 3) {
        damaged(name, "its version " + std::to_string(version) + " is unknown");
    }
    const std::size_t width = version == 1 ? 2 : 4;
    const std::size_t length = header_length(bytes, width);
    if (length > bytes.size() - 8 - width) {
        damaged(name, "it ends inside its header");
    }
    const std::string_view dictionary = bytes.substr(8 + width, length);
    Header header;
    header.data_begin = 8 + width + length;
    header.type = std::string(value_of(dictionary, "descr", name).substr(0, 5));
    header.is_fortran = value_of(dictionary, "fortran_order", name).starts_with("True");
    read_shape(value_of(dictionary, "shape", name), header, name);
    return header;
}

template <class Number>
double number_at(std::string_view data, std::size_t index) {
    Number value;
    std::memcpy(&value, data.data() + index * sizeof(Number), sizeof(Number));
    return static_cast<double>(value);
}

// The whole file as bytes.
class Mapping {
  public:
    explicit Mapping(const std::filesystem::path& path) {
        namespace ipc = boost::interprocess;
        if (!std::filesystem::is_regular_file(path) || std::filesystem::file_size(path) == 0) {
            damaged(path.string(), read_file(path).empty() ? "it is empty" : "it is no ordinary file");
        }
        try {
            const ipc::file_mapping file(path.c_str(), ipc::read_only);
            region_ = ipc::mapped_region(file, ipc::read_only);
        } catch (const ipc::interprocess_exception& error) {
            throw FileError("'" + path.string() + "' cannot be read (" + error.what() +
                            ") check that it is there and readable");
        }
    }
    std::string_view bytes() const {
        return {static_cast<const char*>(region_.get_address()), region_.get_size()};
    }

  private:
    boost::interprocess::mapped_region region_;
};

}  // namespace

struct StoredMatrix::File {
    Mapping mapping;
    Header header;
    std::string_view data;
    bool is_double = true;
};

StoredMatrix::StoredMatrix(const std::filesystem::path& path) : file_(new File{Mapping(path), {}, {}, true}) {
    const std::string name = path.string();
    const std::string_view bytes = file_->mapping.bytes();
    file_->header = read_header(bytes, name);
    const Header& header = file_->header;
    file_->is_double = header.type == "'<f8'";
    if (!file_->is_double && header.type != "'<f4'") {
        damaged(name, "its numbers are " + header.type + ", not float32 or float64");
    }
    file_->data = bytes.substr(header.data_begin);
    const std::size_t wanted = header.rows * header.columns * (file_->is_double ? 8 : 4);
    if (file_->data.size() != wanted) {
        damaged(name, "it holds " + std::to_string(file_->data.size()) +
                          " bytes of numbers, its shape needs " + std::to_string(wanted));
    }
}

StoredMatrix::~StoredMatrix() = default;
StoredMatrix::StoredMatrix(StoredMatrix&&) noexcept = default;

std::size_t StoredMatrix::rows() const {
    return file_->header.rows;
}

std::size_t StoredMatrix::columns() const {
    return file_->header.columns;
}

FeatureMatrix StoredMatrix::read(const std::vector<std::uint64_t>& ids) const {
    const Header& header = file_->header;
    FeatureMatrix matrix;
    matrix.rows = ids.size();
    matrix.columns = header.columns;
    matrix.ids = ids;
    matrix.values.reserve(ids.size() * header.columns);
    for (const std::uint64_t row : ids) {
        FIBONAQI_EXPECT(row < header.rows);
        for (std::size_t column = 0; column < header.columns; ++column) {
            const std::size_t index =
                header.is_fortran ? column * header.rows + row : row * header.columns + column;
            matrix.values.push_back(file_->is_double ? number_at<double>(file_->data, index)
                                                     : number_at<float>(file_->data, index));
        }
    }
    return matrix;
}

}  // namespace fibonaqi
