#!/usr/bin/env bash
# Makes mptrj-mace.safetensors anew: every tenth frame of the data is held out, the others train it.
#   models/mptrj-mace/recipe.sh DATA OUT
# DATA: mptrj-random-1k.xyz, 1000 frames of MPtrj, in data/benchmarks of github.com/microsoft/mattersim.
# OUT:  a folder for the model and the errors on the held-out frames. Interrupted, the same command goes on.
set -euo pipefail
(($# == 2)) || { echo "usage: recipe.sh DATA OUT" >&2; exit 2; }
here="$(cd "$(dirname "$0")" && pwd)"
fibonaqi="$(realpath "${FIBONAQI:-${here}/../../build/bin/fibonaqi}")"
data="$(realpath "$1")"
mkdir -p "$2"
cd "$2"

cp "${here}/model.json" "${here}/train.json" .
awk 'left == 0 {left = $1 + 2; frame++} {print > (frame % 10 == 0 ? "test.xyz" : "train.xyz"); left--}' "${data}"
"${fibonaqi}" model new model.json -o new.safetensors --force
if [[ ! -e mptrj-mace.safetensors ]]; then
    "${fibonaqi}" train train.json
fi
"${fibonaqi}" evaluate --model mptrj-mace.safetensors --data test.xyz --json errors.json
