-- What a bulk read brought, kept so that a model sees a sample and a URI instead of the rows.
CREATE TABLE exports (
    export_id    uuid PRIMARY KEY,
    connection   text NOT NULL,
    module       text NOT NULL,
    fields       text[] NOT NULL,
    condition    text NOT NULL DEFAULT '',
    -- only a complete one is shown as a whole; of a failed one no page is left
    state        text NOT NULL DEFAULT 'writing' CHECK (state IN ('writing', 'complete', 'failed')),
    -- whoever writes with an older number is too late
    run          integer NOT NULL DEFAULT 0,
    record_count bigint NOT NULL DEFAULT 0,
    summary      json NOT NULL DEFAULT '{}',
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL
);
CREATE INDEX exports_expires_at ON exports (expires_at);

-- records is a JSON array as text: written once, read as a whole
CREATE TABLE export_pages (
    export_id uuid NOT NULL REFERENCES exports ON DELETE CASCADE,
    page      integer NOT NULL CHECK (page >= 1),
    records   text NOT NULL,
    PRIMARY KEY (export_id, page)
);
