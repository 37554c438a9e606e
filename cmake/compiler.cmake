# Language level, warnings and sanitizers for every target of this project.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")
set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON)  # installed programs keep finding liblammps.so
if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

add_library(fibonaqi_warnings INTERFACE)
target_compile_options(fibonaqi_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
                                                   -Woverloaded-virtual -Wconversion -Wno-sign-conversion
                                                   -Werror)
# g++ 12 sees overlapping copies in every `"text" + std::string` at -O3 (GCC bug 105651, cured in 13).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(fibonaqi_warnings INTERFACE -Wno-restrict)
endif()
if(FIBONAQI_SANITIZER)
    add_compile_options(-fsanitize=${FIBONAQI_SANITIZER} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${FIBONAQI_SANITIZER})
    # Sanitizers hide from g++ what is initialised: std::regex alone gives false alarms (GCC's manual says so).
    target_compile_options(fibonaqi_warnings INTERFACE -Wno-maybe-uninitialized)
endif()

find_program(FIBONAQI_CCACHE ccache)
if(FIBONAQI_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    # What ccache's manual asks for where headers are precompiled.
    set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
                                    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
                                    "${FIBONAQI_CCACHE}")
endif()
