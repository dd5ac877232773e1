"""Who listens is woken when a job begins, moves on or ends; progress is looked for."""

from alembic import op

revision = "told"
down_revision = "labels"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # PostgreSQL wakes every session that listens to anything in the database, all workers' among
    # them: a notification for each report of progress grows with the square of the workers.
    op.execute(
        """
        CREATE OR REPLACE FUNCTION record_change() RETURNS trigger LANGUAGE plpgsql AS $$
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
            IF TG_OP <> 'UPDATE' OR NEW.state <> OLD.state THEN
                PERFORM pg_notify('nhance_jobs', job.id || ' ' || job.tenant);
            END IF;
            RETURN NULL;
        END $$
        """
    )
