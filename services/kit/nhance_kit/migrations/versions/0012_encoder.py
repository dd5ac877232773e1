"""Which encoder a job's batches were made with, and how many of its warnings are ingest's."""

from alembic import op

revision = "encoder"
down_revision = "trace"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE jobs ADD encoder text, ADD cut_warnings integer NOT NULL DEFAULT 0")
