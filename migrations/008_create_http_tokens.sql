-- Bearer tokens of the HTTP transports. The token itself is never stored: only its SHA-256.
CREATE TABLE http_tokens (
    token_hash   bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    name         text NOT NULL,
    -- whose data its callers work over (zoho_tokens.connection); somebody may sign in there later
    connection   text NOT NULL,
    role         text NOT NULL CHECK (role IN ('read', 'write', 'admin')),
    created_at   timestamptz NOT NULL DEFAULT now(),
    created_by   text NOT NULL DEFAULT '',
    -- null: without end
    expires_at   timestamptz,
    -- to about a minute
    last_used_at timestamptz,
    revoked_at   timestamptz
);
CREATE UNIQUE INDEX http_tokens_name ON http_tokens (name) WHERE revoked_at IS NULL;
