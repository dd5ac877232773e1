"""Servables in S3: published from a directory, copied to one before a pod's model server starts.

``python -m nhance_kit.servables publish | fetch | describe``. A version is there once its
``saved_model.pb`` is, which is therefore written last; no tenant's name begins as PREFIX does.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Collection, Iterator
from pathlib import Path, PurePath, PurePosixPath

import structlog
from pydantic import Field

from nhance_kit import logs
from nhance_kit.about import ABOUT, about
from nhance_kit.objects import ObjectStore
from nhance_kit.queue import Cost
from nhance_kit.settings import Settings

log = structlog.get_logger()

PREFIX = "_servables/"
MODEL = "saved_model.pb"
LABELS = "labels.json"
CONFIG = "models.config"


class ServablesSettings(Settings):
    """The shared settings, and which servables go where."""

    servables_dir: Path = Field(description="gets, or has, NAME/VERSION/ of every model")
    enhance_costs: frozenset[Cost] = Field(frozenset(Cost), description="of the models to fetch")


def publish(objects: ObjectStore, directory: Path) -> None:
    """Store every version that S3 lacks, then all labels: those name versions that are there."""
    there = set(objects.keys(PREFIX))
    for model in sorted(directory.glob(f"*/*/{MODEL}")):
        if _key(model.relative_to(directory)) in there:
            continue
        version = model.parent
        files = [path for path in sorted(version.rglob("*")) if path.is_file() and path != model]
        for path in [*files, model]:
            key = _key(path.relative_to(directory))
            objects.put_file(key, path, "application/octet-stream")
        log.info("servable_published", model=version.parent.name, version=version.name)
    for labels in sorted(directory.glob(f"*/{LABELS}")):
        objects.put(_key(labels.relative_to(directory)), labels.read_bytes())


def fetch(objects: ObjectStore, directory: Path, costs: Collection[Cost]) -> None:
    """Copy the models of these costs, all their versions, and write TensorFlow Serving's list."""
    stored = _stored(objects)
    models = sorted({path.parts[0] for path in stored if path.name == MODEL})
    wanted = [name for name in models if _costs(objects, stored, name) & set(costs)]
    for path in stored:
        if path.parts[0] in wanted:
            _copy(objects, path, directory)
    (directory / CONFIG).write_text(serving_config(directory, wanted))
    log.info("servables_fetched", models=wanted)


def describe(objects: ObjectStore, directory: Path) -> None:
    """Copy what is said of the models, without what they are made of."""
    for path in _stored(objects):
        if path.name == MODEL:
            (directory / path.parent).mkdir(parents=True, exist_ok=True)
        elif path.name in (LABELS, ABOUT.name):
            _copy(objects, path, directory)


def serving_config(directory: Path, models: Collection[str]) -> str:
    """TensorFlow Serving's model_config_list: every version, since jobs are pinned to theirs."""
    configs = "".join(
        "  config {\n"
        f'    name: "{name}"\n'
        f'    base_path: "{directory / name}"\n'
        '    model_platform: "tensorflow"\n'
        "    model_version_policy { all {} }\n"
        "  }\n"
        for name in models
    )
    return f"model_config_list {{\n{configs}}}\n"


def _stored(objects: ObjectStore) -> list[PurePosixPath]:
    """The paths of all files of versions that are there whole, and of labels."""
    paths = [PurePosixPath(key.removeprefix(PREFIX)) for key in objects.keys(PREFIX)]
    whole = {path.parent for path in paths if path.name == MODEL and len(path.parts) == 3}
    return [
        path
        for path in paths
        if ".." not in path.parts
        and (any(parent in whole for parent in path.parents) or path.parts[1:] == (LABELS,))
    ]


def _costs(objects: ObjectStore, stored: Collection[PurePosixPath], name: str) -> set[Cost]:
    def told() -> Iterator[Cost]:
        for path in stored:
            if path.parts[0] == name and path.name == MODEL:
                file = path.parent / ABOUT
                yield about(objects.get(_key(file)) if file in stored else b"{}", str(file)).cost

    return set(told())


def _copy(objects: ObjectStore, path: PurePosixPath, directory: Path) -> None:
    target = directory / path
    target.parent.mkdir(parents=True, exist_ok=True)
    with objects.open(_key(path)) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file, 1 << 20)


def _key(path: PurePath) -> str:
    return f"{PREFIX}{path.as_posix()}"


def main(action: str) -> None:
    settings = ServablesSettings()
    logs.configure("servables", settings.log_format, settings.log_level)
    objects, directory = ObjectStore(settings), settings.servables_dir
    match action:
        case "publish":
            publish(objects, directory)
        case "fetch":
            fetch(objects, directory, settings.enhance_costs)
        case "describe":
            describe(objects, directory)
        case _:
            sys.exit("publish, fetch or describe")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) == 2 else "")
