"""An index to find jobs by their labels."""

from alembic import op

revision = "labels"
down_revision = "encoder"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of all operators, this one has @> alone, and is smaller for it.
    op.execute("CREATE INDEX jobs_labels ON jobs USING gin (labels jsonb_path_ops)")
