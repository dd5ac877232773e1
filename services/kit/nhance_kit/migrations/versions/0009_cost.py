"""What the batches of a job cost, by which they are left to a pool of workers."""

from alembic import op

revision = "cost"
down_revision = "timings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE jobs ADD COLUMN cost text NOT NULL DEFAULT 'heavy'")
