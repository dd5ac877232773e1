"""The models that there are, as they lie on disk: ``NAME/VERSION/``, and ``NAME/labels.json``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from nhance_gateway.rollout import Labels, in_share
from nhance_kit.about import About, about_version
from nhance_kit.errors import ModelNotFound, Unavailable
from nhance_kit.jobs import JobOptions, ModelLabel
from nhance_kit.queue import Cost

LABELS = "labels.json"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_VERSION = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True)
class Servable:
    """A model and its versions, the oldest first.

    ``labels`` are those that somebody gave to versions that there are; ``canary_share``, 0 to 1,
    is the share of jobs that get the canary without asking, 0 where there is none; ``about`` is
    what the stable version says of itself.
    """

    name: str
    versions: tuple[int, ...]
    labels: dict[ModelLabel, int]
    canary_share: float
    about: About

    def rolled_out(self, job_id: str) -> ModelLabel:
        """What a job gets that asks for no label."""
        return ModelLabel.CANARY if in_share(job_id, self.canary_share) else ModelLabel.STABLE


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


def asked_for(directory: Path, options: JobOptions) -> Servable:
    """The model that a job asks for, with the label that it asks for.

    Raises ModelNotFound, which names what there is, and Unavailable.
    """
    found = {servable.name: servable for servable in servables(directory)}
    model = found.get(options.model)
    if model is None:
        names = ", ".join(found) or "none"
        raise ModelNotFound(f"There is no model {options.model}; there are: {names}.")
    if options.model_label == ModelLabel.CANARY and ModelLabel.CANARY not in model.labels:
        raise ModelNotFound(f"The model {model.name} has no version {options.model_label}.")
    return model


def chosen(directory: Path, options: JobOptions, job_id: str) -> Chosen:
    """The version that this job has to use, and what that costs; raises as ``asked_for`` does."""
    model = asked_for(directory, options)
    version = model.labels.get(options.model_label or model.rolled_out(job_id))
    if version is None:
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
    said = _labels(folder / LABELS)
    labels = {label: n for label, n in said.versions().items() if n in versions}
    share = said.canary_share if ModelLabel.CANARY in labels else 0.0
    version = labels.get(ModelLabel.STABLE, versions[-1])
    return Servable(folder.name, versions, labels, share, about_version(folder / str(version)))


def _labels(file: Path) -> Labels:
    """Raises Unavailable where the file is not valid: a guess would be the wrong version."""
    try:
        return Labels.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return Labels()
    except ValidationError as error:
        raise Unavailable(f"{file} is not valid: {error}") from error
