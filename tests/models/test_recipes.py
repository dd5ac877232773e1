"""The recipes of `models/runs`, with a made-up `nhance-models` that only writes what it is told."""

import os
import subprocess
from pathlib import Path

import pytest

RECIPES = Path(__file__).parents[2] / "models" / "runs"

# A shell function comes before whatever the recipe has on its PATH. As the command does, it
# refuses to overwrite a version; `evaluate` is stopped the first time.
STAND_IN = """
nhance-models() {
  local command=$1 name version=1 servables
  while test $# -gt 0; do
    case $1 in
      --name) name=$2 ;;
      --servables) servables=$2 ;;
    esac
    shift
  done
  case $command in
    export | finetune) mkdir -p "$servables/$name" && mkdir "$servables/$name/$version" ;;
    evaluate) test -e "$STOPPED" || { touch "$STOPPED"; return 1; } ;;
  esac
}
export -f nhance-models
exec "$@"
"""


@pytest.mark.parametrize(
    ("recipe", "names"),
    [
        ("look", ["look", "look-first"]),
        ("look_live", ["look-live"]),
        ("finetune_city100", ["dped-city100", "look-city100"]),
        ("wespe_city100", ["wespe-city100"]),
    ],
)
def test_a_recipe_that_was_stopped_goes_on(tmp_path: Path, recipe: str, names: list[str]) -> None:
    servables = tmp_path / "servables"
    for name in names:  # what is left when a version was being written
        (servables / name / ".1-half").mkdir(parents=True)
    places = [str(tmp_path), str(tmp_path / "run"), str(servables)]
    command = ["bash", "-c", STAND_IN, "-", str(RECIPES / f"{recipe}.sh"), *places]
    environment = {**os.environ, "STOPPED": str(tmp_path / "stopped")}
    ends = [subprocess.run(command, env=environment, check=False).returncode for _ in range(2)]
    assert [1, 0] == ends
    assert names == sorted(folder.parent.name for folder in servables.glob("*/1"))
