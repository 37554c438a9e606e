#!/usr/bin/env bash
# Makes silicon-mace.safetensors anew: a small MACE learns from the last model of a silicon campaign (distillation),
# on its candidates and on pairs of atoms closer than any candidate has, then from the campaign's own DFT labels. The
# campaign's held-out frames are used for the errors only.
#   models/silicon-mace/recipe.sh CAMPAIGN OUT
# CAMPAIGN: folder of a finished run of workflows/campaigns/silicon/campaign.json.
# OUT:      a folder for the model and its errors. Interrupted, the same command goes on.
set -euo pipefail
(($# == 2)) || { echo "usage: recipe.sh CAMPAIGN OUT" >&2; exit 2; }
here="$(cd "$(dirname "$0")" && pwd)"
fibonaqi="$(realpath "${FIBONAQI:-${here}/../../build/bin/fibonaqi}")"
campaign="$(realpath "$1")"
last="${campaign}/cycle-003"
[[ -e "${last}/train/train.xyz" ]] || { echo "recipe.sh: '${campaign}' has no third cycle with labels" >&2; exit 2; }
mkdir -p "$2"
cd "$2"

cp "${here}"/{model,distil,tune}.json .
cp "${last}/train/train.xyz" dft.xyz
cat "${campaign}"/cycle-*/candidates.xyz >frames.xyz
for distance in 1.{4..9} 2.{0..6}; do
    printf '2\nProperties=species:S:1:pos:R:3 pbc="F F F"\nSi 0 0 0\nSi 0 0 %s\n' "${distance}" >>frames.xyz
done
"${fibonaqi}" evaluate --model "${campaign}/models/cycle-003.safetensors" --data frames.xyz \
    --write labelled.xyz --as-labels
"${fibonaqi}" model new model.json -o new.safetensors --force
[[ -e distilled.safetensors ]] || "${fibonaqi}" train distil.json
[[ -e silicon-mace.safetensors ]] || "${fibonaqi}" train tune.json
"${fibonaqi}" evaluate --model distilled.safetensors --data "${campaign}/test/test.xyz"
"${fibonaqi}" evaluate --model silicon-mace.safetensors --data "${campaign}/test/test.xyz" --json errors.json
