-- A confirmation token goes through once, on whichever replica it arrives.
CREATE TABLE spent_confirmations (
    token_id   text PRIMARY KEY,
    expires_at timestamptz NOT NULL
);
