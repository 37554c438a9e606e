#include "dft_drivers/template/output_reader.hpp"

#include <algorithm>
#include <cmath>

#include "dft_drivers/common/output_text.hpp"

namespace fibonaqi::text_template {
namespace {

namespace fs = std::filesystem;

std::vector<Vec3> read_vectors(const NumberSource& source, const std::vector<std::size_t>& order,
                               const fs::path& directory, const std::string& what) {
    const std::vector<double> numbers = read_numbers(source, directory, 3 * order.size(), what);
    std::vector<Vec3> vectors(order.size());
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        vectors[order[i / 3]][i % 3] = numbers[i];
    }
    return vectors;
}

Mat3 read_stress(const OutputSources& outputs, const fs::path& directory) {
    const StressOrder& order = outputs.stress_order;
    const std::vector<double> numbers = read_numbers(*outputs.stress, directory, order.size(), "stress");
    Mat3 stress{};
    for (std::size_t i = 0; i < order.size(); ++i) {
        const auto [row, column] = order[i];
        stress[row][column] = numbers[i];
        if (order.size() == 6) {
            stress[column][row] = numbers[i];
        }
    }
    return stress;
}

Vec3 cross(const Vec3& a, const Vec3& b) {
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

double dot(const Vec3& a, const Vec3& b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

// The image of `point` [angstrom] that is nearest to `target`, up to the shape of the cell: codes may wrap.
Vec3 image_near(Vec3 point, const Vec3& target, const Structure& structure) {
    const Mat3& cell = structure.cell;
    const double volume = dot(cell[0], cross(cell[1], cell[2]));
    if (!structure.is_fully_periodic() || volume == 0.0) {
        return point;
    }
    for (std::size_t row = 0; row < 3; ++row) {
        const Vec3 normal = cross(cell[(row + 1) % 3], cell[(row + 2) % 3]);
        const Vec3 away{point[0] - target[0], point[1] - target[1], point[2] - target[2]};
        const double cells = std::round(dot(away, normal) / volume);
        for (std::size_t axis = 0; axis < 3; ++axis) {
            point[axis] -= cells * cell[row][axis];
        }
    }
    return point;
}

void expect_positions(const OutputSources& outputs, const LabelRequest& request,
                      const std::vector<std::size_t>& order, const fs::path& directory) {
    EchoedStructure echoed;
    echoed.atomic_numbers = request.structure.atomic_numbers;  // an output of positions alone
    echoed.positions = read_vectors(*outputs.positions, order, directory, "positions");
    for (std::size_t atom = 0; atom < request.structure.size(); ++atom) {
        echoed.positions[atom] =
            image_near(echoed.positions[atom], request.structure.positions[atom], request.structure);
    }
    expect_structure(echoed, request.structure, outputs.tolerance_A);
}

std::string read_version(const OutputSources& outputs, const fs::path& directory) {
    for (const std::string& line : whole_lines_of(directory / outputs.version_file)) {
        std::smatch groups;
        if (matches(line, *outputs.version, &groups)) {
            return groups[groups.size() > 1 ? 1 : 0].str();
        }
    }
    return "";
}

}  // namespace

std::optional<LabelFailure> find_failure(const std::vector<FailureMark>& marks, const fs::path& directory) {
    for (const FailureMark& mark : marks) {
        for (const std::string& line : lines_of(directory / mark.file)) {
            if (matches(line, mark.pattern)) {
                return LabelFailure{mark.kind, trimmed(line)};
            }
        }
    }
    return std::nullopt;
}

void expect_success(const std::vector<SuccessMark>& marks, const fs::path& directory) {
    for (const SuccessMark& mark : marks) {
        // An unfinished last line proves nothing good, but may show what is wrong.
        const std::vector<std::string> lines =
            mark.is_wanted ? whole_lines_of(directory / mark.file) : lines_of(directory / mark.file);
        const auto found = std::find_if(lines.begin(), lines.end(),
                                        [&](const std::string& line) { return has(line, mark.text); });
        if (mark.is_wanted && found == lines.end()) {
            refuse(FailureKind::partial_output, "no line of " + mark.file + " has '" + mark.text + "'" +
                                                    (lines.empty() ? "" : "; " + last_words(lines)));
        }
        if (!mark.is_wanted && found != lines.end()) {
            refuse(FailureKind::unknown, trimmed(*found));
        }
        if (!fs::is_regular_file(directory / mark.file)) {
            refuse(FailureKind::partial_output, "the program left no file " + mark.file);
        }
    }
}

AcceptedLabel read_label(const OutputSources& outputs, const LabelRequest& request,
                         const std::vector<std::size_t>& order, const fs::path& directory) {
    AcceptedLabel label;
    label.labels.energy = read_numbers(outputs.energy, directory, 1, "energy")[0];
    label.labels.forces = read_vectors(outputs.forces, order, directory, "forces");
    if (request.want_stress) {
        label.labels.stress = read_stress(outputs, directory);
    }
    if (outputs.positions) {
        expect_positions(outputs, request, order, directory);
    }
    label.details = Json::object();
    if (outputs.version) {
        label.code_version = read_version(outputs, directory);
    }
    return label;
}

}  // namespace fibonaqi::text_template
