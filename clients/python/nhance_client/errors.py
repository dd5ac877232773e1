"""What can go wrong, in a sentence for a person.

NhanceError
├── ProblemReported    the service says no, or that a job failed: ``problem`` says why
├── JobEnded           the job was cancelled or deleted by somebody else
└── NotReached         the service, or its object store, does not answer
"""

from __future__ import annotations

from nhance_client.rest.models import Problem


class NhanceError(Exception):
    """``str()`` of it is the sentence.

    ``again_after_s``: in so many seconds the same may go well; None: it will not.
    """

    def __init__(self, sentence: str, again_after_s: float | None = None) -> None:
        super().__init__(sentence)
        self.again_after_s = again_after_s


class ProblemReported(NhanceError):
    """A problem as the service told it (RFC 9457); ``problem.code`` is for programs."""

    def __init__(self, problem: Problem, again_after_s: float | None = None) -> None:
        super().__init__(f"{problem.title}: {problem.detail}", again_after_s)
        self.problem = problem


class JobEnded(NhanceError):
    """Nobody will make this video any more."""


class NotReached(NhanceError):
    """There was no answer, or one that no nhance service gives."""
