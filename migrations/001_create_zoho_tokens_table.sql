-- One row a connection: an OAuth client signed in to one organisation of one environment.
-- client_secret, refresh_token and access_token are sealed (AES-256-GCM); key_id names the key that sealed them.
CREATE TABLE zoho_tokens (
    connection        text PRIMARY KEY CHECK (connection ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$'),
    region            text NOT NULL,
    environment       text NOT NULL,
    api_url           text NOT NULL,
    token_url         text NOT NULL,
    upload_url        text NOT NULL,
    client_id         text NOT NULL,
    client_secret     bytea NOT NULL,
    refresh_token     bytea NOT NULL,
    access_token      bytea,
    key_id            text NOT NULL,
    scopes            text NOT NULL DEFAULT '',
    -- grows with every new access token, so that a bad token is withdrawn once, by whoever sees it first
    generation        bigint NOT NULL DEFAULT 0,
    access_expires_at timestamptz,
    -- a failed refresh is everybody's failure until failure_until
    failure           text,
    failure_until     timestamptz,
    org_id            text,
    org_name          text,
    user_email        text,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now()
);
