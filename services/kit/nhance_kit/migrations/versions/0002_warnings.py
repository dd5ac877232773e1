"""Warnings have codes."""

from alembic import op

revision = "warnings"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        UPDATE jobs SET warnings = (
            SELECT jsonb_agg(jsonb_build_object('code', 'unknown', 'sentence', sentence))
            FROM jsonb_array_elements(warnings) AS sentence
        ) WHERE warnings <> '[]'
        """
    )
