"""Webhooks: the secrets that sign them, and what was and is to be delivered."""

from alembic import op

revision = "webhooks"
down_revision = "idempotency"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE webhook_secrets (
            tenant text PRIMARY KEY,
            secret text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            previous text,
            previous_until timestamptz
        )
        """
    )
    op.execute(
        """
        CREATE TABLE webhook_deliveries (
            id text PRIMARY KEY,
            tenant text NOT NULL,
            job_id text NOT NULL REFERENCES jobs ON DELETE CASCADE,
            type text NOT NULL,
            url text NOT NULL,
            state text NOT NULL,
            attempts integer NOT NULL DEFAULT 0,
            created_at timestamptz NOT NULL DEFAULT now(),
            next_attempt_at timestamptz DEFAULT now(),
            last_attempt_at timestamptz,
            last_status integer,
            last_error text
        )
        """
    )
    op.execute(
        "CREATE INDEX webhook_deliveries_newest"
        " ON webhook_deliveries (tenant, created_at DESC, id DESC)"
    )
    op.execute("CREATE INDEX webhook_deliveries_of_job ON webhook_deliveries (job_id)")
    op.execute(
        """
        CREATE TABLE webhooks_gone (
            tenant text NOT NULL,
            url text NOT NULL,
            since timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant, url)
        )
        """
    )
