-- A bulk change: what was asked, by whom, over which connection, and how far it has come.
CREATE TABLE bulk_jobs (
    job_id           uuid PRIMARY KEY,
    connection       text NOT NULL,
    kind             text NOT NULL,
    module           text NOT NULL,
    state            text NOT NULL CHECK (state IN
        ('planned', 'queued', 'running', 'succeeded', 'partly_failed', 'failed', 'cancelled', 'undone')),
    dry_run          boolean NOT NULL,
    asked_by         text NOT NULL DEFAULT '',
    request          jsonb NOT NULL DEFAULT '{}',
    undo_of          uuid REFERENCES bulk_jobs,
    total            integer NOT NULL,
    succeeded        integer NOT NULL DEFAULT 0,
    failed           integer NOT NULL DEFAULT 0,
    skipped          integer NOT NULL DEFAULT 0,
    cancel_requested boolean NOT NULL DEFAULT false,
    -- grows each time somebody takes the job up; whoever holds an older number may write no more
    run              integer NOT NULL DEFAULT 0,
    trouble          text NOT NULL DEFAULT '',
    created_at       timestamptz NOT NULL DEFAULT now(),
    started_at       timestamptz,
    ended_at         timestamptz
);
CREATE INDEX bulk_jobs_by_connection ON bulk_jobs (connection, created_at DESC);
CREATE INDEX bulk_jobs_open ON bulk_jobs (state) WHERE state IN ('queued', 'running');

-- Up to 100 records that go to Zoho in one call. entries is a JSON array, one object a record: row, id, sent, before,
-- after, state, and what Zoho said. It is written twice: with the before-images ahead of the call, with the outcomes after.
CREATE TABLE bulk_chunks (
    job_id     uuid NOT NULL REFERENCES bulk_jobs ON DELETE CASCADE,
    chunk      integer NOT NULL,
    state      text NOT NULL CHECK (state IN ('waiting', 'sending', 'done')),
    entries    text NOT NULL,
    claimed_at timestamptz,
    PRIMARY KEY (job_id, chunk)
);
