#!/usr/bin/env bash
# Trains WESPE on the photos of City100's scenes 001 to 060 as if they were no pairs: the phone's
# and the camera's are drawn independently; scenes 061 to 080 measure.
#   models/runs/wespe_city100.sh DATA [RUN] [SERVABLES]
# DATA holds city100/ and squeezenet/. Started again, it goes on where it stopped.
set -euo pipefail
data=$(realpath "${1:?usage: models/runs/wespe_city100.sh DATA [RUN] [SERVABLES]}")
cd "$(dirname "$0")/../.."
run=${2:-.nhance/runs/wespe-city100}
servables=${3:-.nhance/runs/servables}
pairs=(--pairs "$data/city100" --held-back 061-080)
PATH="$PWD/.venv/bin:$PATH"

for side in phone dslr; do
  mkdir -p "$run/$side"
  for number in $(seq -w 1 60); do
    ln -sf "$data/city100/0${number}_$side.webp" "$run/$side/"
  done
done
nhance-models train wespe --phone "$run/phone" --camera "$run/dslr" "${pairs[@]}" \
  --features "$data/squeezenet/squeezenet_v1.0_imagenet.npz" --run "$run/run"
test -d "$servables/wespe-city100/1" ||
  nhance-models export dped --run "$run/run" --name wespe-city100 --servables "$servables"
nhance-models evaluate "$servables/wespe-city100/1" "${pairs[@]}"
