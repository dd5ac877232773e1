#!/usr/bin/env bash
# Reproduces models/servables/look/1 from two folders of photographs (see models/MODEL_CARD.md):
#   models/runs/look.sh DATA [RUN] [SERVABLES]
# DATA holds photos/, photos-more/ and retouched/. Started again, it goes on where it stopped.
set -euo pipefail
data=$(realpath "${1:?usage: models/runs/look.sh DATA [RUN] [SERVABLES]}")
cd "$(dirname "$0")/../.."
run=${2:-.nhance/runs/look}
servables=${3:-.nhance/runs/servables}
photos=(--data "$data/photos" --data "$data/photos-more" --weights models/runs/look_weights.csv)
PATH="$PWD/.venv/bin:$PATH"

nhance-models train look "${photos[@]}" --run "$run" --steps 16000 --seed 7
test -d "$servables/look-first/1" ||
  nhance-models export look --run "$run" --servables "$servables" --name look-first --version 1
nhance-models train look "${photos[@]}" --run "$run-second" --start "$servables/look-first/1" \
  --steps 4000 --learning-rate 0.0004 --seed 8
test -d "$servables/look/1" ||
  nhance-models export look --run "$run-second" --servables "$servables" --name look --version 1
nhance-models evaluate "$servables/look/1" "${photos[@]}" --retouched "$data/retouched"
