-- The job that a call began, or that has ended; empty where there is none.
ALTER TABLE audit_log ADD COLUMN job_id text NOT NULL DEFAULT '';
CREATE INDEX audit_log_by_job ON audit_log (job_id) WHERE job_id <> '';
CREATE INDEX audit_log_by_record ON audit_log USING gin (record_ids);

-- Also in a session that plays a replica (session_replication_role), which ordinary triggers stay out of.
ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_is_append_only;
