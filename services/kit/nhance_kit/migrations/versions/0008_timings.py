"""When a job was cut, and how long the parts of each batch took."""

from alembic import op

revision = "timings"
down_revision = "webhooks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE jobs ADD cut_at timestamptz")
    op.execute("ALTER TABLE batches ADD seconds jsonb NOT NULL DEFAULT '{}'")
