"""Jobs, batches and the task queue."""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE jobs (
            id text PRIMARY KEY,
            tenant text NOT NULL,
            state text NOT NULL,
            options jsonb NOT NULL,
            source jsonb NOT NULL,
            media jsonb,
            model_version bigint,
            output jsonb,
            warnings jsonb NOT NULL DEFAULT '[]',
            error jsonb,
            revision bigint NOT NULL DEFAULT 0,
            created_at timestamptz NOT NULL DEFAULT now(),
            started_at timestamptz,
            finished_at timestamptz
        )
        """
    )
    op.execute("CREATE INDEX jobs_newest ON jobs (tenant, created_at DESC, id DESC)")
    op.execute(
        """
        CREATE TABLE batches (
            job_id text NOT NULL REFERENCES jobs ON DELETE CASCADE,
            index integer NOT NULL,
            frames integer NOT NULL,
            frames_done integer NOT NULL DEFAULT 0,
            attempts integer NOT NULL DEFAULT 0,
            started_at timestamptz,
            finished_at timestamptz,
            PRIMARY KEY (job_id, index)
        )
        """
    )
    # The queue's schema goes through the driver untouched: it is full of colons and percents.
    cursor = op.get_bind().connection.cursor()
    cursor.execute(SchemaManager.get_schema())
