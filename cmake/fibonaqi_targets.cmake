# The few ways in which targets of this project are made.

# fibonaqi_add_library(<layer> SOURCES a.cpp ... [PUBLIC lib ...] [PRIVATE lib ...])
#   makes the static library fibonaqi_<layer>, alias Fibonaqi::<layer>
function(fibonaqi_add_library layer)
    cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
    add_library(fibonaqi_${layer} STATIC ${ARG_SOURCES})
    add_library(Fibonaqi::${layer} ALIAS fibonaqi_${layer})
    target_include_directories(fibonaqi_${layer} PUBLIC "${PROJECT_SOURCE_DIR}/src")
    target_link_libraries(fibonaqi_${layer} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE} fibonaqi_warnings)
endfunction()

# fibonaqi_precompile_torch(<target> [REUSE_FROM <other>]): LibTorch's headers cost two thirds of the time of compiling
#   what uses them. Programs share the precompiled ones of fibonaqi-worker; libraries, whose code is compiled otherwise
#   (-fPIC), have their own.
function(fibonaqi_precompile_torch target)
    if(ARGN)
        target_precompile_headers(${target} ${ARGN})
    else()
        target_precompile_headers(${target} PRIVATE <ATen/ATen.h>)
    endif()
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        target_compile_options(${target} PRIVATE -fpch-preprocess)  # else ccache cannot see what is in them
    endif()
endfunction()

# fibonaqi_add_program(<name> SOURCES a.cpp ... LINK lib ...): an executable in build/bin, installed to bin
#   (sister programs are looked for beside the running one, so the folder may be anywhere)
function(fibonaqi_add_program name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}")
    target_link_libraries(${name} PRIVATE ${ARG_LINK} fibonaqi_warnings)
    if(name STREQUAL "fibonaqi-worker")
        fibonaqi_precompile_torch(${name})
    elseif("fibonaqi_nn" IN_LIST ARG_LINK)
        fibonaqi_precompile_torch(${name} REUSE_FROM fibonaqi-worker)
    endif()
    install(TARGETS ${name} RUNTIME DESTINATION bin)
endfunction()

# fibonaqi_add_test(<name> SOURCES a_test.cpp ... LINK lib ... [LABELS unit] [TIMEOUT s] [WHOLE])
#   one GoogleTest program. Each TEST is a ctest entry of its own, except with WHOLE, which is for programs
#   that load LibTorch (about a second each time). Tests find the checkout by FIBONAQI_SOURCE_DIR, data that
#   may be absent by FIBONAQI_SHARED_DIR (tests/support/shared_data.hpp), programs by FIBONAQI_BIN_DIR.
function(fibonaqi_add_test name)
    cmake_parse_arguments(ARG "WHOLE" "TIMEOUT" "SOURCES;LINK;LABELS" ${ARGN})
    if(NOT ARG_LABELS)
        set(ARG_LABELS unit)
    endif()
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 120)
    endif()
    add_executable(${name} ${ARG_SOURCES})
    target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}")
    target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gtest GTest::gmock GTest::gtest_main
                                          fibonaqi_warnings)
    target_compile_definitions(${name} PRIVATE FIBONAQI_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
                                               FIBONAQI_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
    if("fibonaqi_nn" IN_LIST ARG_LINK)
        fibonaqi_precompile_torch(${name} REUSE_FROM fibonaqi-worker)
    endif()
    if(ARG_WHOLE)
        add_test(NAME ${name} COMMAND ${name})
        set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT})
    else()
        include(GoogleTest)
        gtest_discover_tests(${name} TEST_PREFIX "${name}." DISCOVERY_MODE PRE_TEST
                             PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT})
    endif()
endfunction()
