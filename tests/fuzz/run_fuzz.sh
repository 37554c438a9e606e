#!/usr/bin/env bash
# run_fuzz.sh SOURCE BUILD SECONDS: builds the fuzz target of the model readers with clang in a build folder of its
# own, and runs it. Finds are left in BUILD/finds; each is an input that ended the program.
set -euo pipefail
source_folder="$1" build="$2" seconds="$3"
cmake -S "${source_folder}" -B "${build}" -G Ninja -DCMAKE_CXX_COMPILER=clang++ -DFIBONAQI_BUILD_FUZZERS=ON \
    -DCMAKE_BUILD_TYPE=Release -DFIBONAQI_WITH_LAMMPS=OFF >"${build}.log" 2>&1 || { tail -5 "${build}.log" && exit 1; }
cmake --build "${build}" --target import_fuzz >>"${build}.log" 2>&1 || { tail -20 "${build}.log" && exit 1; }
python3 "${source_folder}/tests/fuzz/make_seeds.py" "${source_folder}" "${build}/seeds"
mkdir -p "${build}/corpus" "${build}/finds"
# Allocations are bounded too: a file must not be able to ask for more than four times its size.
"${build}/tests/import_fuzz" -max_total_time="${seconds}" -timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=512 \
    -max_len=200000 -artifact_prefix="${build}/finds/" -print_final_stats=1 "${build}/corpus" "${build}/seeds" 2>&1 | tail -15
