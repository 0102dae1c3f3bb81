-- Who did what, over which connection, to which records. Names of fields stand here, values never do.
CREATE TABLE audit_log (
    entry_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    who        text NOT NULL,
    connection text NOT NULL,
    -- a tool's name, or a word such as auth.refreshed
    event      text NOT NULL,
    -- 'ok', or what kind of error it ended with
    outcome    text NOT NULL,
    record_ids text[] NOT NULL DEFAULT '{}',
    fields     text[] NOT NULL DEFAULT '{}',
    call_id    text NOT NULL DEFAULT '',
    detail     text NOT NULL DEFAULT ''
);
CREATE INDEX audit_log_at ON audit_log (at);
CREATE INDEX audit_log_by_connection ON audit_log (connection, at);

CREATE FUNCTION refuse_change_of_audit_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_log is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_log_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit_log();

-- A sign-in that waits for its code: state and PKCE verifier, sealed like the tokens. One row a connection, used once.
CREATE TABLE sign_in_requests (
    connection   text PRIMARY KEY,
    request      bytea NOT NULL,
    key_id       text NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT now()
);
