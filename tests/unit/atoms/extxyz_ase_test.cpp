// Both ways between this project and a real ASE: skipped by name where no Python with ASE is at hand.
#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "fibonaqi/atoms/extxyz.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/base/json.hpp"
#include "fibonaqi/base/subprocess.hpp"

#include "tests/unit/atoms/random_frame.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;

// dump: what ASE reads from argv[2], as JSON to argv[3]. write: frames of many kinds to argv[2].
constexpr const char* script = R"python(
import sys, json
import numpy as np
from ase import Atoms
from ase.io import read, write
from ase.calculators.singlepoint import SinglePointCalculator
from ase.constraints import FixAtoms

def value(atoms, *names):
    results = dict(atoms.calc.results) if atoms.calc is not None else {}
    for name in names:
        for place in (atoms.info, atoms.arrays, results):
            if name in place:
                return np.asarray(place[name])
    return None

def dump(path, out):
    frames = []
    for a in read(path, index=':', format='extxyz'):
        stress = value(a, 'REF_stress', 'stress')
        if stress is not None and stress.size == 6:
            x = stress
            stress = np.array([x[0], x[5], x[4], x[5], x[1], x[3], x[4], x[3], x[2]])
        energy, forces = value(a, 'REF_energy', 'energy'), value(a, 'REF_forces', 'forces')
        frames.append({'numbers': a.numbers.tolist(), 'positions': a.positions.ravel().tolist(),
                       'cell': np.asarray(a.cell).ravel().tolist(), 'pbc': a.pbc.tolist(),
                       'energy': None if energy is None else float(energy),
                       'forces': None if forces is None else forces.ravel().tolist(),
                       'stress': None if stress is None else stress.ravel().tolist(),
                       'text': str(a.info['text']) if isinstance(a.info.get('text'), str) else None,
                       'integer': int(a.info['integer']) if 'integer' in a.info else None})
    json.dump(frames, open(out, 'w'))

def produce(path):
    rng = np.random.default_rng(3)
    frames = []
    for n in range(20):
        count = int(rng.integers(1, 6))
        a = Atoms(numbers=rng.integers(1, 118, count), positions=rng.normal(size=(count, 3)),
                  cell=rng.normal(size=(3, 3)) + 5 * np.eye(3) if n % 4 else None,
                  pbc=rng.integers(0, 2, 3).astype(bool) if n % 4 else False)
        a.info['text'] = ['plain', 'two words', 'quote " inside', 'C[1] {x}'][n % 4]
        a.info['integer'] = int(n)
        a.info['array'] = rng.normal(size=3)
        a.info['matrix'] = rng.normal(size=(2, 2))
        a.info['object'] = {'x': [1, 'y']}
        a.info['flag'] = bool(n % 2)
        a.info['nothing'] = None
        if n % 3:
            a.set_momenta(rng.normal(size=(count, 3)))
            a.set_tags(rng.integers(0, 3, count))
            a.set_initial_magnetic_moments(rng.normal(size=count))
            a.new_array('site', np.array(['a'] * count))
        stress = rng.normal(size=6)
        results = {'energy': rng.normal(), 'forces': rng.normal(size=(count, 3)), 'stress': stress}
        if n % 2:
            a.calc = SinglePointCalculator(a, **results)
        else:
            a.info['REF_energy'] = results['energy']
            a.arrays['REF_forces'] = results['forces']
            a.info['REF_stress'] = [stress, np.array([[stress[0], stress[5], stress[4]],
                [stress[5], stress[1], stress[3]], [stress[4], stress[3], stress[2]]])][n // 2 % 2]
        if n % 5 == 4:
            a.set_constraint(FixAtoms([0]))
        frames.append(a)
    write(path, [f for f in frames], format='extxyz')

{'dump': lambda: dump(sys.argv[2], sys.argv[3]), 'write': lambda: produce(sys.argv[2])}[sys.argv[1]]()
)python";

class ExtxyzAse : public testing::Test {
  protected:
    void SetUp() override {
        const char* chosen = std::getenv("FIBONAQI_TEST_PYTHON");
        python_ = chosen != nullptr ? chosen : "/usr/bin/python3";
        folder_ = fs::temp_directory_path() / ("fibonaqi_ase_test_" + std::to_string(::getpid()));
        make_directories(folder_);
        write_file_atomically(folder_ / "script.py", script);
        if (!fs::exists(python_) || run({"-c", "import ase.io"}) != 0) {
            GTEST_SKIP() << "'" << python_
                         << "' has no ASE (python3-ase; FIBONAQI_TEST_PYTHON names another)";
        }
    }
    void TearDown() override { fs::remove_all(folder_); }

    int run(std::vector<std::string> arguments) const {
        ProcessSpec spec;
        spec.argv = std::move(arguments);
        spec.argv.insert(spec.argv.begin(), python_);
        spec.directory = folder_;
        spec.stderr_file = folder_ / "stderr";
        return Subprocess(spec).wait().code;
    }
    int run_script(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), "script.py");
        return run(std::move(arguments));
    }
    std::string complaint() const { return read_file(folder_ / "stderr"); }

    std::string python_;
    fs::path folder_;
};

std::vector<double> flat(const std::vector<Vec3>& rows) {
    std::vector<double> values;
    for (const Vec3& row : rows) {
        values.insert(values.end(), row.begin(), row.end());
    }
    return values;
}

std::vector<double> flat(const Mat3& matrix) {
    return flat(std::vector<Vec3>(matrix.begin(), matrix.end()));
}

// ASE and this project have to see the very same numbers.
void expect_same(const Frame& frame, const Json& ase) {
    const Structure& structure = frame.structure;
    EXPECT_EQ(structure.atomic_numbers, ase.at("numbers").get<std::vector<int>>());
    EXPECT_EQ(flat(structure.positions), ase.at("positions").get<std::vector<double>>());
    EXPECT_EQ(flat(structure.cell), ase.at("cell").get<std::vector<double>>());
    EXPECT_EQ(Json(structure.pbc), ase.at("pbc"));
    EXPECT_EQ(frame.labels.energy.has_value(), !ase.at("energy").is_null());
    if (frame.labels.energy && !ase.at("energy").is_null()) {
        EXPECT_EQ(*frame.labels.energy, ase.at("energy").get<double>());
    }
    EXPECT_EQ(frame.labels.forces.empty(), ase.at("forces").is_null());
    if (!ase.at("forces").is_null()) {
        EXPECT_EQ(flat(frame.labels.forces), ase.at("forces").get<std::vector<double>>());
    }
    EXPECT_EQ(frame.labels.stress.has_value(), !ase.at("stress").is_null());
    if (frame.labels.stress && !ase.at("stress").is_null()) {
        EXPECT_EQ(flat(*frame.labels.stress), ase.at("stress").get<std::vector<double>>());
    }
    EXPECT_EQ(Json(std::get<long>(frame.info.at("integer"))), ase.at("integer"));
    if (ase.at("text").is_string()) {
        EXPECT_EQ(frame.info.at("text"), InfoValue(ase.at("text").get<std::string>()));
    }
}

TEST_F(ExtxyzAse, reads_what_ase_writes_as_ase_does) {
    ASSERT_EQ(run_script({"write", "ase.xyz"}), 0) << complaint();
    ASSERT_EQ(run_script({"dump", "ase.xyz", "ase.json"}), 0) << complaint();
    const FrameFile file = read_extxyz(folder_ / "ase.xyz");
    const Json expected = read_json(folder_ / "ase.json");
    ASSERT_EQ(file.frames.size(), 20U);
    ASSERT_EQ(expected.size(), 20U);
    for (std::size_t n = 0; n < 20; ++n) {
        expect_same(file.frames[n], expected[n]);
        EXPECT_EQ(file.frames[n].info.at("matrix").index(), 4U);
        EXPECT_FALSE(file.frames[n].arrays.contains("site"));
    }
    EXPECT_EQ(file.audit.energy_keys.at("REF_energy"), 10U);
    EXPECT_EQ(file.audit.energy_keys.at("energy"), 10U);
}

TEST_F(ExtxyzAse, ase_reads_what_this_project_writes) {
    KeyedRng rng(4, "extxyz_ase_test");
    for (const char* prefix : {"REF_", ""}) {
        std::vector<Frame> frames;
        for (int n = 0; n < 30; ++n) {
            frames.push_back(test::random_frame(rng));
            if (n % 3 == 0) {
                frames.back().arrays["move_mask"].assign(frames.back().structure.size(), 1.0);
                frames.back().arrays["move_mask"][0] = 0.0;
            }
        }
        write_extxyz(folder_ / "ours.xyz", frames, {prefix});
        ASSERT_EQ(run_script({"dump", "ours.xyz", "ours.json"}), 0) << complaint();
        const Json seen = read_json(folder_ / "ours.json");
        ASSERT_EQ(seen.size(), frames.size());
        for (std::size_t n = 0; n < frames.size(); ++n) {
            expect_same(frames[n], seen[n]);
            // every text but an array of T and F stays a text for ASE
            EXPECT_TRUE(seen[n].at("text").is_string()) << std::get<std::string>(frames[n].info["text"]);
        }
    }
}

}  // namespace
}  // namespace fibonaqi
