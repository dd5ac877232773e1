"""The models that there are, as they lie on disk: ``NAME/VERSION/``, and ``NAME/labels.json``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from nhance_kit.about import About, about_version
from nhance_kit.errors import ModelNotFound, Unavailable
from nhance_kit.jobs import JobOptions, ModelLabel
from nhance_kit.queue import Cost

LABELS = "labels.json"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_VERSION = re.compile(r"[0-9]{1,18}", re.ASCII)
_LABELS = TypeAdapter(dict[ModelLabel, int])


@dataclass(frozen=True)
class Servable:
    """A model and its versions, the oldest first.

    ``labels`` are those that somebody gave to versions that there are; ``about`` is what the
    version that is given without a label says of itself.
    """

    name: str
    versions: tuple[int, ...]
    labels: dict[ModelLabel, int]
    about: About


def servables(directory: Path) -> list[Servable]:
    """All models that have a version, by name; raises Unavailable."""
    try:
        return [
            servable
            for entry in sorted(directory.iterdir())
            if entry.is_dir() and _NAME.fullmatch(entry.name) and (servable := _servable(entry))
        ]
    except OSError as error:
        raise Unavailable(f"The models can't be read: {error}") from error


@dataclass(frozen=True)
class Chosen:
    """What a job uses from its beginning; without ``version``, the newest that is served."""

    version: int | None
    cost: Cost


def chosen(directory: Path, options: JobOptions) -> Chosen:
    """The version that a job has to use, and what that costs.

    Raises ModelNotFound, which names what there is, and Unavailable.
    """
    found = {servable.name: servable for servable in servables(directory)}
    model = found.get(options.model)
    if model is None:
        names = ", ".join(found) or "none"
        raise ModelNotFound(f"There is no model {options.model}; there are: {names}.")
    version = model.labels.get(options.model_label)
    if version is None:
        if options.model_label != ModelLabel.STABLE:
            raise ModelNotFound(f"The model {model.name} has no version {options.model_label}.")
        return Chosen(None, model.about.cost)
    return Chosen(version, about_version(directory / model.name / str(version)).cost)


def _servable(folder: Path) -> Servable | None:
    versions = tuple(
        sorted(
            int(entry.name)
            for entry in folder.iterdir()
            if entry.is_dir() and _VERSION.fullmatch(entry.name)
        )
    )
    if not versions:
        return None
    labels = {label: n for label, n in _labels(folder / LABELS).items() if n in versions}
    version = labels.get(ModelLabel.STABLE, versions[-1])
    return Servable(folder.name, versions, labels, about_version(folder / str(version)))


def _labels(file: Path) -> dict[ModelLabel, int]:
    """Raises Unavailable where the file is not valid: a guess would be the wrong version."""
    try:
        return _LABELS.validate_json(file.read_bytes())
    except FileNotFoundError:
        return {}
    except ValidationError as error:
        raise Unavailable(f"{file} is not valid: {error}") from error
