#!/usr/bin/env bash
# Reproduces models/servables/look-live/1 from look and two folders of photographs:
#   models/runs/look_live.sh DATA [RUN] [SERVABLES]
# DATA holds photos/, photos-more/ and retouched/. Started again, it goes on where it stopped.
set -euo pipefail
data=$(realpath "${1:?usage: models/runs/look_live.sh DATA [RUN] [SERVABLES]}")
cd "$(dirname "$0")/../.."
run=${2:-.nhance/runs/look-live}
servables=${3:-.nhance/runs/servables}
photos=(--data "$data/photos" --data "$data/photos-more" --weights models/runs/look_weights.csv)
PATH="$PWD/.venv/bin:$PATH"

nhance-models train look "${photos[@]}" --size look-live --run "$run" \
  --start models/servables/look/1 --steps 8000 --learning-rate 0.001 --seed 7
test -d "$servables/look-live/1" ||
  nhance-models export look --run "$run" --servables "$servables" --name look-live --version 1
nhance-models evaluate "$servables/look-live/1" "${photos[@]}" --retouched "$data/retouched"
