"""What can go wrong, in a sentence for a person.

NhanceError
├── ProblemReported    the service says no, or that a job failed: ``problem`` says why
├── JobEnded           the job was cancelled or deleted by somebody else
└── NotReached         the service, or its object store, does not answer
"""

from __future__ import annotations

from nhance_client.rest.models import Problem


class NhanceError(Exception):
    """``str()`` of it is the sentence."""


class ProblemReported(NhanceError):
    """A problem as the service told it (RFC 9457); ``problem.code`` is for programs."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.title}: {problem.detail}")
        self.problem = problem


class JobEnded(NhanceError):
    """Nobody will make this video any more."""


class NotReached(NhanceError):
    """There was no answer, or one that no nhance service gives."""
