"""What labels.json may say, and which jobs get a canary."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from nhance_gateway.rollout import Labels, in_share
from nhance_gateway.servables import chosen, servables
from nhance_kit import keys
from nhance_kit.errors import ModelRejected, Unavailable
from nhance_kit.jobs import JobOptions, ModelLabel
from nhance_kit.objects import ObjectStore
from nhance_kit.store import JobStore, new_job_id

IDS = 4000
ROLLED_OUT = {"stable": 2, "canary": 10}


Say = Callable[[str], None]


@pytest.fixture
def say(servables_dir: Path) -> Say:
    """Writes the labels.json of ``look``, of which there are the versions 2 and 10."""

    def write(content: str) -> None:
        (servables_dir / "look" / "labels.json").write_text(content)

    return write


@pytest.mark.parametrize(
    ("said", "share"),
    [
        ({}, 0.0),
        ({"stable": 2}, 0.0),
        ({"canary_share": 0}, 0.0),
        (ROLLED_OUT, 0.0),
        ({**ROLLED_OUT, "canary_share": 1}, 1.0),
        ({"stable": 2, "canary": 10, "canary_share": 0.05}, 0.05),
    ],
)
def test_labels_and_a_share_are_read(
    say: Say, servables_dir: Path, said: dict[str, float], share: float
) -> None:
    say(json.dumps(said))
    (_, look) = servables(servables_dir)
    assert share == look.canary_share
    assert look.labels == {name: n for name, n in said.items() if name != "canary_share"}


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ('{"stable": 2, "canary_share": 0.1}', "canary_share needs stable and canary: name both"),
        ('{"canary": 10, "canary_share": 0.1}', "canary_share needs stable and canary: name both"),
        ('{"canary": 10, "canary_share": -0.1}', "greater than or equal to 0"),
        ('{"canary": 10, "canary_share": 1.1}', "less than or equal to 1"),
        ('{"canary": 10, "canary_share": NaN}', "canary_share"),
        ('{"canary": 10, "canary_share": true}', "valid number"),
        ('{"stable": 2, "newest": 10}', "newest"),
        ('{"stable": "two"}', "valid integer"),
        ("[]", "Labels"),
        ("{", "Invalid JSON"),
    ],
)
def test_labels_that_are_not_valid_name_the_file_and_the_reason(
    say: Say, servables_dir: Path, said: str, why: str
) -> None:
    say(said)
    with pytest.raises(Unavailable, match=r"look/labels\.json is not valid") as raised:
        servables(servables_dir)
    assert why in str(raised.value)


def test_a_canary_that_is_not_there_gets_no_share(say: Say, servables_dir: Path) -> None:
    say('{"stable": 2, "canary": 11, "canary_share": 1}')
    (_, look) = servables(servables_dir)
    assert ({ModelLabel.STABLE: 2}, 0.0) == (look.labels, look.canary_share)
    assert 2 == chosen(servables_dir, JobOptions(), new_job_id()).version


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
@pytest.mark.parametrize("prefix", ["", "0000"], ids=["random", "alike at their beginning"])
def test_the_share_of_jobs_is_as_it_says(share: float, prefix: str) -> None:
    ids = [prefix + new_job_id()[len(prefix) :] for _ in range(IDS)]
    found = sum(in_share(job_id, share) for job_id in ids)
    # Beyond six standard deviations once in a billion runs.
    assert abs(found - IDS * share) <= 6 * math.sqrt(IDS * share * (1 - share))


def test_a_share_that_grows_keeps_its_jobs() -> None:
    ids = [f"{number:032x}" for number in range(IDS)]
    shares = [{job_id for job_id in ids if in_share(job_id, share)} for share in (0.05, 0.25, 0.5)]
    assert shares[0] < shares[1] < shares[2]
    assert shares[0] == {job_id for job_id in ids if in_share(job_id, 0.05)}


def test_the_share_is_of_the_jobs_that_ask_for_no_label(say: Say, servables_dir: Path) -> None:
    def got(label: ModelLabel | None) -> set[int | None]:
        options = JobOptions(model_label=label)
        return {chosen(servables_dir, options, f"{number:032x}").version for number in range(50)}

    for share, anyhow in ((0.0, {2}), (0.25, {2, 10}), (1.0, {10})):
        say(Labels(stable=2, canary=10, canary_share=share).model_dump_json())
        assert anyhow == got(None)
        assert {2} == got(ModelLabel.STABLE)
        assert {10} == got(ModelLabel.CANARY)


async def test_a_job_gets_the_canary_unasked(
    client: httpx.AsyncClient, store: JobStore, say: Say
) -> None:
    async def posted(**fields: str) -> int:
        answer = await client.post("/v1/jobs", files={"file": b"abc"}, data=fields)
        assert answer.status_code == 202, answer.text
        return int(answer.json()["model_version"])

    say(json.dumps({**ROLLED_OUT, "canary_share": 0.5}))
    for _ in range(4):
        body = (await client.post("/v1/jobs", files={"file": b"abc"})).json()
        expected = 10 if in_share(body["id"], 0.5) else 2
        assert (None, expected) == (body["options"]["model_label"], body["model_version"])
        assert expected == (await store.job(body["id"])).model_version

    say(json.dumps({**ROLLED_OUT, "canary_share": 1}))
    assert [10, 2, 10] == [
        await posted(),
        await posted(model_label="stable"),
        await posted(model_label="canary"),
    ]
    (_, look) = (await client.get("/v1/models")).json()["models"]
    assert (ROLLED_OUT, 1.0) == (look["labels"], look["canary_share"])

    say('{"stable": 2, "canary_share": 1}')
    assert 503 == (await client.post("/v1/jobs", files={"file": b"abc"})).status_code


async def test_a_job_tried_again_gets_what_is_rolled_out_now(
    client: httpx.AsyncClient, store: JobStore, objects: ObjectStore, tenant: str, say: Say
) -> None:
    say(json.dumps({**ROLLED_OUT, "canary_share": 1}))
    job = (await client.post("/v1/jobs", files={"file": b"abc"})).json()
    assert 10 == job["model_version"]
    await store.steps.fail(job["id"], ModelRejected("It answered nonsense."))
    assert objects.get(keys.source(tenant, job["id"])) == b"abc"

    say(json.dumps({**ROLLED_OUT, "canary_share": 0}))
    again = (await client.post(f"/v1/jobs/{job['id']}/retry")).json()
    assert 2 == again["model_version"]
    assert 10 == (await store.job(job["id"])).model_version
