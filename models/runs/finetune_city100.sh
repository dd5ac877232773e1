#!/usr/bin/env bash
# Adapts look and DPED to an iPhone X from the pairs of City100, scenes 001 to 060, and measures
# both on scenes 061 to 080:
#   models/runs/finetune_city100.sh DATA [RUNS] [SERVABLES]
# DATA holds city100/, dped/iphone_orig and squeezenet/. Started again, it goes on where it stopped.
set -euo pipefail
data=$(realpath "${1:?usage: models/runs/finetune_city100.sh DATA [RUNS] [SERVABLES]}")
cd "$(dirname "$0")/../.."
runs=${2:-.nhance/runs}
servables=${3:-.nhance/runs/servables}
pairs=(--pairs "$data/city100" --held-back 061-080)
PATH="$PWD/.venv/bin:$PATH"

test -d "$servables/look-city100/1" || nhance-models finetune --from models/servables/look/1 \
  "${pairs[@]}" --name look-city100 --run "$runs/look-city100" --servables "$servables"
test -d "$servables/dped-city100/1" || nhance-models finetune --from "$data/dped/iphone_orig" \
  "${pairs[@]}" --name dped-city100 --run "$runs/dped-city100" --servables "$servables" \
  --steps 300 --features "$data/squeezenet/squeezenet_v1.0_imagenet.npz"
nhance-models evaluate "$servables/look-city100/1" "$servables/dped-city100/1" "${pairs[@]}"
