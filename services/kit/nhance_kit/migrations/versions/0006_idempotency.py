"""Idempotency keys, with the answers that they are to be given again."""

from alembic import op

revision = "idempotency"
down_revision = "uploads"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE idempotency_keys (
            tenant text NOT NULL,
            key text NOT NULL,
            token text NOT NULL,
            lease_until timestamptz NOT NULL,
            fingerprint text,
            job_id text,
            answer jsonb,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant, key)
        )
        """
    )
    op.execute("CREATE INDEX idempotency_keys_oldest ON idempotency_keys (created_at)")
