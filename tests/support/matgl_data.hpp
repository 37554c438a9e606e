// The potentials of tests/data/matgl and what matgl computes with them (make_models.py, make_models4.py
// there).
#pragma once

#include <string>

#include "fibonaqi/atoms/structure.hpp"
#include "fibonaqi/base/json.hpp"

namespace fibonaqi::test {

inline const std::filesystem::path matgl_data = FIBONAQI_SOURCE_DIR "/tests/data/matgl";

inline std::vector<Vec3> rows_of(const Json& list) {
    std::vector<Vec3> rows;
    for (const Json& row : list) {
        rows.push_back({row.at(0), row.at(1), row.at(2)});
    }
    return rows;
}

inline Structure structure_from(const Json& record) {
    Structure structure;
    structure.atomic_numbers = record.at("numbers").get<std::vector<int>>();
    structure.positions = rows_of(record.at("positions"));
    if (record.at("pbc")) {
        const std::vector<Vec3> cell = rows_of(record.at("cell"));
        structure.cell = {cell[0], cell[1], cell[2]};
        structure.pbc = {true, true, true};
    }
    return structure;
}

}  // namespace fibonaqi::test
