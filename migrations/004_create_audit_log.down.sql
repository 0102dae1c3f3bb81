DROP TABLE sign_in_requests;
DROP TABLE audit_log;
DROP FUNCTION refuse_change_of_audit_log;
