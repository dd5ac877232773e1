"""When a task is worth another try: a pure decision, taken in one place."""

from __future__ import annotations

import random
from asyncio import CancelledError

import psycopg

from nhance_kit.errors import (
    Internal,
    Interrupted,
    NhanceError,
    OtherEncoder,
    StoreUnavailable,
)

# With the delays below, three minutes on average and six at most: what it takes a database to fail
# over, or a model server to come up on a cold node.
MAX_ATTEMPTS = 12
FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 60.0
LEFT_ALONE_S = 10.0
# What hands a task back, which has not failed.
HANDED_BACK = (Interrupted, OtherEncoder)


def in_our_terms(error: BaseException) -> NhanceError:
    """Any exception as one of the hierarchy; what was not foreseen is Internal."""
    match error:
        case NhanceError():
            return error
        case CancelledError():
            return Interrupted("The worker is stopping.")
        case psycopg.OperationalError():
            return StoreUnavailable(f"The database did not answer: {error}")
        case _:
            return Internal(f"{type(error).__name__}: {error}")


def retry_delay_s(error: NhanceError, attempts: int, *, patient: bool = False) -> float | None:
    """Seconds until the next try, or None if there is none.

    ``attempts`` counts the tries already failed before this one. Exponential backoff with full
    jitter (Brooker, "Exponential Backoff And Jitter", 2015); a task handed back by a stopping
    worker is taken up at once, and one for workers of another version in a while, again and again
    until such a one has it. An unforeseen exception gets one more try: it may be the machine. For
    a ``patient`` task no transient error is the last.
    """
    if isinstance(error, Interrupted):
        return 0.0
    if isinstance(error, OtherEncoder):
        return LEFT_ALONE_S
    limit = MAX_ATTEMPTS if error.transient else 2 if isinstance(error, Internal) else 1
    if attempts + 1 >= limit and not (patient and error.transient):
        return None
    delay_s = FIRST_DELAY_S * 2 ** min(attempts, MAX_ATTEMPTS)
    return random.uniform(0.0, min(LONGEST_DELAY_S, delay_s))
