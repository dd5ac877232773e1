"""Every change of a job counts up its revision, is on record, and is told to who listens."""

from alembic import op

revision = "changes"
down_revision = "warnings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE jobs ADD labels jsonb NOT NULL DEFAULT '{}', ADD pace jsonb")
    op.execute(
        "CREATE INDEX jobs_waiting ON jobs (created_at, id)"
        " WHERE state IN ('queued', 'ingesting', 'enhancing')"
    )
    # One row a job, apart from jobs: it is written with every report of progress, and its index
    # would keep PostgreSQL from updating the wide row in place. A deleted job's stays for a day.
    op.execute(
        """
        CREATE TABLE job_changes (
            job_id text PRIMARY KEY,
            tenant text NOT NULL,
            changed_in xid8 NOT NULL,
            deleted_at timestamptz
        )
        """
    )
    op.execute("CREATE INDEX job_changes_latest ON job_changes (tenant, changed_in)")
    op.execute("CREATE INDEX job_changes_deleted ON job_changes (deleted_at)")
    op.execute(
        "INSERT INTO job_changes SELECT id, tenant, pg_current_xact_id() FROM jobs"
        " ON CONFLICT DO NOTHING"
    )
    op.execute(
        """
        CREATE FUNCTION count_revision() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.revision := OLD.revision + 1;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION record_change() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            job jobs := coalesce(NEW, OLD);
            deleted timestamptz := CASE TG_OP WHEN 'DELETE' THEN now() END;
        BEGIN
            INSERT INTO job_changes VALUES (job.id, job.tenant, pg_current_xact_id(), deleted)
            ON CONFLICT (job_id) DO UPDATE
            SET changed_in = excluded.changed_in, deleted_at = excluded.deleted_at;
            IF deleted IS NOT NULL THEN
                DELETE FROM job_changes WHERE deleted_at < now() - interval '1 day';
            END IF;
            PERFORM pg_notify('nhance_jobs', job.id || ' ' || job.tenant);
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER count_revision BEFORE UPDATE ON jobs"
        " FOR EACH ROW EXECUTE FUNCTION count_revision()"
    )
    op.execute(
        "CREATE TRIGGER record_change AFTER INSERT OR UPDATE OR DELETE ON jobs"
        " FOR EACH ROW EXECUTE FUNCTION record_change()"
    )
