"""API keys, and the sessions that are made from them."""

from alembic import op

revision = "api_keys"
down_revision = "changes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE api_keys (
            id text PRIMARY KEY,
            digest bytea NOT NULL,
            tenant text NOT NULL,
            name text NOT NULL,
            scopes text[] NOT NULL,
            parent text REFERENCES api_keys ON DELETE CASCADE,
            created_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz,
            last_used_at timestamptz
        )
        """
    )
    op.execute("CREATE INDEX api_keys_of_parent ON api_keys (parent)")
