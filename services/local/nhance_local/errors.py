"""What can go wrong on one machine; ``str(error)`` is a sentence for the person at the terminal."""

from __future__ import annotations


class LocalError(Exception):
    """Base of all: the command says it and ends with exit code 1."""


class DataDirInUse(LocalError):
    """Another stack holds the data directory."""


class StartFailed(LocalError):
    """A program of the stack does not come up."""


class ProblemReported(LocalError):
    """The gateway answered with a problem (RFC 9457)."""
