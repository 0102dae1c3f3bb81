-- One row an organisation: what it allows, and what all processes together may still use of it.
CREATE TABLE zoho_organisations (
    -- root of the API host and id of the organisation; of the connection, where Zoho does not tell the organisation
    org             text PRIMARY KEY,
    edition         text,
    users           integer,
    -- API credits per rolling 24 hours; null where the edition is not known
    credits         double precision,
    -- token bucket: level at that time, less what is lent to processes; grows by credits / 86400 a second
    tokens          double precision,
    tokens_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- when Zoho has last stated what is left (X-API-CREDITS-REMAINING)
    stated_at       timestamptz,
    -- the last 429: nothing is sent until throttled_until, then so many calls at once, one more every second
    ceiling         integer,
    ceiling_at      timestamptz,
    throttled_until timestamptz,
    strikes         integer NOT NULL DEFAULT 0,
    asked_at        timestamptz NOT NULL DEFAULT clock_timestamp()
);
