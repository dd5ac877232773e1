"""How tries of batches end, by the version of the model: it shows how a canary does."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from nhance_kit import metrics
from nhance_kit.retry import in_our_terms


class Try:
    """One try of a batch, counted as it ends.

    ``version`` is set as soon as it is known; a try that ends before says nothing of any.
    """

    def __init__(self, model: str, version: int | None) -> None:
        self.version = version
        self._model = model

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.version is not None:
            outcome = metrics.SUCCEEDED if error is None else in_our_terms(error).code
            metrics.BATCHES.labels(self._model, str(self.version), outcome).inc()
