#include "fibonaqi/lammps/lammps_session.hpp"

#include <array>
#include <cmath>
#include <cstdio>

#include <lammps/library.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"

namespace fibonaqi::lammps {
namespace {

bool is_mpi_begun = false;

// MPICH keeps a megabyte of shared memory for other ranks of this node, under a name that goes at
// MPI_Finalize: a walker that is killed would leave it in memory for good. Nobody else will attach to what a
// single rank has, so the name may go at once. Another MPI has no such name.
void forget_shared_memory(void* handle) {
    if (lammps_extract_setting(handle, "world_size") == 1) {
        std::array<char, 64> name{};
        std::snprintf(name.data(), name.size(), "/mpich_shm_%x_0", static_cast<unsigned>(::getpid()));
        ::shm_unlink(name.data());
    }
}

// "ERROR on proc 0: text (src/file.cpp:12)\nLast input line: ..." -> "text"
std::string plain_message(std::string text) {
    text = text.substr(0, text.find('\n'));
    const std::size_t colon = text.find(": ");
    if (text.starts_with("ERROR") && colon != std::string::npos) {
        text.erase(0, colon + 2);
    }
    const std::size_t place = text.rfind(" (");
    if (place != std::string::npos && text.find(".cpp:", place) != std::string::npos) {
        text.erase(place);
    }
    return text;
}

std::string last_error(void* handle) {
    std::array<char, 4096> buffer{};
    lammps_get_last_error_message(handle, buffer.data(), static_cast<int>(buffer.size()));
    return plain_message(buffer.data());
}

std::vector<double> flat(const std::vector<Vec3>& rows) {
    std::vector<double> values;
    values.reserve(3 * rows.size());
    for (const Vec3& row : rows) {
        values.insert(values.end(), row.begin(), row.end());
    }
    return values;
}

}  // namespace

LammpsSession::LammpsSession(const std::filesystem::path& log, LogMode mode, StyleServices services) {
    if (lammps_config_has_exceptions() == 0) {
        throw ExploreError(
            "this LAMMPS was built without exceptions (an error in it would end the process) "
            "build it with -DLAMMPS_EXCEPTIONS=on, or take one of 2024 or later");
    }
    // LAMMPS keeps no pointer to these, but its signature wants them writable.
    std::vector<std::string> words{"fibonaqi-md", "-screen", "none",
                                   "-nocite",     "-log",    mode == LogMode::begin ? log.string() : "none"};
    std::vector<char*> arguments;
    for (std::string& word : words) {
        arguments.push_back(word.data());
    }
    is_mpi_begun = true;
    handle_ = lammps_open_no_mpi(static_cast<int>(arguments.size()), arguments.data(), nullptr);
    if (handle_ == nullptr) {
        throw ExploreError("cannot start LAMMPS (" + last_error(nullptr) +
                           ") see whether the log can be written");
    }
    forget_shared_memory(handle_);
    try {
        register_styles(handle_, std::move(services));
        if (mode == LogMode::append) {
            command("log \"" + log.string() + "\" append");
        }
    } catch (...) {
        close();
        throw;
    }
}

LammpsSession::~LammpsSession() {
    close();
}

// The styles hold services until LAMMPS has destroyed them.
void LammpsSession::close() {
    lammps_close(handle_);
    unregister_styles(handle_);
}

void LammpsSession::check() const {
    if (lammps_has_error(handle_) != 0) {
        throw ExploreError("LAMMPS: " + last_error(handle_));
    }
}

void LammpsSession::command(const std::string& line) {
    lammps_command(handle_, line.c_str());
    check();
}

void LammpsSession::create_atoms(const std::vector<int>& types, const std::vector<Vec3>& positions,
                                 const std::vector<Vec3>& velocities) {
    const int n = static_cast<int>(types.size());
    FIBONAQI_EXPECT(positions.size() == types.size());
    FIBONAQI_EXPECT(velocities.empty() || velocities.size() == types.size());
    const std::vector<double> x = flat(positions);
    const std::vector<double> v = flat(velocities);
    const int created = lammps_create_atoms(handle_, n, nullptr, types.data(), x.data(),
                                            v.empty() ? nullptr : v.data(), nullptr, 0);
    check();
    if (created != n) {
        throw ExploreError("LAMMPS took " + std::to_string(created) + " of " + std::to_string(n) +
                           " atoms (the others lie outside the box)");
    }
    count_images(x);
}

// LAMMPS has wrapped the atoms into its box and does not remember from where. Image flags tell it, so that
// positions without wrapping are those that were given.
void LammpsSession::count_images(const std::vector<double>& given) {
    Vec3 low{}, high{};
    double xy = 0.0, yz = 0.0, xz = 0.0;
    lammps_extract_box(handle_, low.data(), high.data(), &xy, &yz, &xz, nullptr, nullptr);
    std::vector<double> wrapped(given.size());
    lammps_gather_atoms(handle_, "x", 1, 3, wrapped.data());
    std::vector<int> images(given.size());
    for (std::size_t k = 0; k < given.size(); k += 3) {
        const double z = std::round((given[k + 2] - wrapped[k + 2]) / (high[2] - low[2]));
        const double y = std::round((given[k + 1] - wrapped[k + 1] - z * yz) / (high[1] - low[1]));
        const double x = std::round((given[k] - wrapped[k] - y * xy - z * xz) / (high[0] - low[0]));
        images[k] = static_cast<int>(x);
        images[k + 1] = static_cast<int>(y);
        images[k + 2] = static_cast<int>(z);
    }
    lammps_scatter_atoms(handle_, "image", 0, 3, images.data());
    check();
}

double LammpsSession::thermo(const std::string& keyword) {
    const double value = lammps_get_thermo(handle_, keyword.c_str());
    check();
    return value;
}

MpiEnd::~MpiEnd() {
    if (is_mpi_begun) {
        lammps_mpi_finalize();
    }
}

}  // namespace fibonaqi::lammps
