"""The request that made a job, for the traces of what is done about it."""

from alembic import op

revision = "trace"
down_revision = "fetching"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE jobs ADD COLUMN traceparent text")
