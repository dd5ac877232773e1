"""Which errors are tried again, and when."""

from __future__ import annotations

from asyncio import CancelledError

import psycopg
import pytest

from nhance_kit.errors import (
    DamagedMedia,
    Internal,
    Interrupted,
    ModelRejected,
    NhanceError,
    OtherEncoder,
    StoreUnavailable,
    Superseded,
)
from nhance_kit.retry import (
    LEFT_ALONE_S,
    LONGEST_DELAY_S,
    MAX_ATTEMPTS,
    in_our_terms,
    retry_delay_s,
)


@pytest.mark.parametrize("error", [DamagedMedia(), ModelRejected(), Superseded()])
def test_permanent_errors_are_final(error: NhanceError) -> None:
    assert retry_delay_s(error, 0) is None


def test_transient_errors_are_tried_a_bounded_number_of_times() -> None:
    delays = [retry_delay_s(StoreUnavailable(), attempts) for attempts in range(MAX_ATTEMPTS)]

    assert delays[-1] is None
    assert all(delay is not None and 0 <= delay <= LONGEST_DELAY_S for delay in delays[:-1])


def test_a_patient_task_outlasts_every_transient_error_and_no_other() -> None:
    delay = retry_delay_s(StoreUnavailable(), 5000, patient=True)

    assert delay is not None
    assert 0 <= delay <= LONGEST_DELAY_S
    assert retry_delay_s(Internal(), 1, patient=True) is None


def test_a_task_handed_back_is_taken_up_at_once() -> None:
    assert retry_delay_s(Interrupted(), 50) == 0


def test_a_task_for_another_version_comes_back_in_a_while_for_as_long_as_it_takes() -> None:
    assert retry_delay_s(OtherEncoder(), 500) == LEFT_ALONE_S


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        (KeyError("x"), Internal),
        (CancelledError(), Interrupted),
        (psycopg.OperationalError("gone"), StoreUnavailable),
        (DamagedMedia("cut"), DamagedMedia),
    ],
)
def test_every_exception_has_a_name_of_ours(error: BaseException, ours: type[NhanceError]) -> None:
    assert type(in_our_terms(error)) is ours
