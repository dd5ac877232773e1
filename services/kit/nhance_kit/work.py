"""How the work on a job has gone, as the database has it."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg.rows import DictRow

_PARTS = ("decode", "model", "encode")
WORK_COLUMNS = """
    extract(epoch FROM jobs.started_at - jobs.created_at)::float8 AS queue_s,
    extract(epoch FROM jobs.cut_at - jobs.started_at)::float8 AS ingest_s,
    extract(epoch FROM max(batches.finished_at) - min(batches.started_at))::float8 AS enhance_s,
    sum(batches.attempts) AS attempts,
    jobs.encoder,
""" + ",\n".join(f"    sum((batches.seconds->>'{part}')::float8) AS {part}_s" for part in _PARTS)


@dataclass(frozen=True)
class Work:
    """Times in seconds: until ingest began, of ingest, from the first batch to the last; and of
    decoding, waiting for the model and encoding, summed over the batches. ``encoder`` is what the
    job is pinned to."""

    attempts: int
    queue_s: float
    ingest_s: float
    enhance_s: float
    decode_s: float
    model_s: float
    encode_s: float
    encoder: str

    @classmethod
    def of(cls, row: DictRow) -> Work:
        """The work of a row that has WORK_COLUMNS; what was not noted took no time."""
        seconds = {name: value or 0.0 for name, value in row.items() if name.endswith("_s")}
        return cls(attempts=int(row["attempts"]), encoder=row["encoder"], **seconds)
