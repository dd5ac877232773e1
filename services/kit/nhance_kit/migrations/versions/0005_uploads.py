"""Uploads that outlive a request."""

from alembic import op

revision = "uploads"
down_revision = "api_keys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE uploads (
            id text PRIMARY KEY,
            tenant text NOT NULL,
            way text NOT NULL,
            name text NOT NULL,
            bytes bigint NOT NULL,
            sha256 text,
            state text NOT NULL,
            part_bytes bigint NOT NULL,
            s3_upload_id text NOT NULL,
            received bigint NOT NULL DEFAULT 0,
            metadata text NOT NULL DEFAULT '',
            error jsonb,
            created_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz NOT NULL
        )
        """
    )
    op.execute("CREATE INDEX uploads_expiring ON uploads (expires_at)")
    op.execute("CREATE INDEX uploads_in_s3 ON uploads (s3_upload_id)")
