ALTER TABLE audit_log ENABLE TRIGGER audit_log_is_append_only;
DROP INDEX audit_log_by_record;
DROP INDEX audit_log_by_job;
ALTER TABLE audit_log DROP COLUMN job_id;
