# Every outside library, found on the system. A missing one stops with the package that brings it.
find_package(Threads REQUIRED)

# fibonaqi_require(<found> <what> <debian package>): one clear sentence instead of a CMake trace.
function(fibonaqi_require found what package)
    if(NOT ${found})
        message(FATAL_ERROR "${what} was not found (needed to build FIBonAQi); "
                            "install it with: apt-get install ${package}, or run ./quickstart")
    endif()
endfunction()

find_package(nlohmann_json 3.11 QUIET)
fibonaqi_require(nlohmann_json_FOUND "nlohmann-json" nlohmann-json3-dev)
find_package(CLI11 QUIET)
fibonaqi_require(CLI11_FOUND "CLI11" libcli11-dev)
find_package(spdlog QUIET)
fibonaqi_require(spdlog_FOUND "spdlog" libspdlog-dev)
find_package(SQLite3 QUIET)
fibonaqi_require(SQLite3_FOUND "SQLite" libsqlite3-dev)
find_package(pugixml QUIET)
fibonaqi_require(pugixml_FOUND "pugixml" libpugixml-dev)
find_package(Boost 1.74 QUIET COMPONENTS filesystem system)
fibonaqi_require(Boost_FOUND "Boost" "libboost-dev libboost-filesystem-dev libboost-system-dev")
find_package(Eigen3 3.4 QUIET NO_MODULE)
fibonaqi_require(Eigen3_FOUND "Eigen" libeigen3-dev)
find_library(SODIUM_LIBRARY sodium)
fibonaqi_require(SODIUM_LIBRARY "libsodium" libsodium-dev)
add_library(fibonaqi_sodium INTERFACE)
target_link_libraries(fibonaqi_sodium INTERFACE "${SODIUM_LIBRARY}")

# LibTorch: Debian's by default, any newer one by Torch_DIR. Its own flags are not wanted (they name an old C++).
find_package(Torch QUIET)
fibonaqi_require(Torch_FOUND "LibTorch" "libtorch-dev libopenblas0-openmp")
add_library(fibonaqi_torch_dependency INTERFACE)
target_include_directories(fibonaqi_torch_dependency SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
target_link_libraries(fibonaqi_torch_dependency INTERFACE ${TORCH_LIBRARIES})

if(FIBONAQI_WITH_LAMMPS)
    include(lammps)
endif()

if(FIBONAQI_BUILD_TESTS)
    find_package(GTest QUIET)
    fibonaqi_require(GTest_FOUND "GoogleTest" "libgtest-dev libgmock-dev")
endif()
