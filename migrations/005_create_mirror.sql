-- The records of modules as they are in Zoho, kept current by `sync`, so that reports cost no API credits.
CREATE TABLE mirror (
    connection    text NOT NULL,
    module        text NOT NULL,
    record_id     text NOT NULL,
    -- as tools show a record: API names, no nulls; of lookups to records the id alone, because a name would go stale
    -- when its record is renamed: join mirror_records for it. Empty once the record is deleted
    data          jsonb NOT NULL,
    modified_time timestamptz,
    deleted_at    timestamptz,
    -- the full sync that saw it last, or a later change
    seen_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (connection, module, record_id)
);
CREATE INDEX mirror_modified_time ON mirror (connection, module, modified_time);

-- How far each mirrored module is, and when it is to be synced again.
CREATE TABLE mirror_modules (
    connection    text NOT NULL,
    module        text NOT NULL,
    -- what the records hold; with other fields the next sync is a full one
    fields        text[] NOT NULL DEFAULT '{}',
    -- everything Zoho changed or deleted until then is here; null: a full sync has not ended yet
    changed_until timestamptz,
    deleted_until timestamptz,
    full_at       timestamptz,
    every         interval,
    next_at       timestamptz,
    PRIMARY KEY (connection, module)
);

-- For reports, for example:
--   SELECT data->>'Industry', count(*) FROM mirror_records WHERE module = 'Accounts' GROUP BY 1
--   SELECT d.data->>'Deal_Name', a.data->>'Account_Name' FROM mirror_records d JOIN mirror_records a
--       ON a.record_id = d.data->'Account_Name'->>'id' AND a.module = 'Accounts' WHERE d.module = 'Deals'
CREATE VIEW mirror_records AS
    SELECT connection, module, record_id, data, modified_time FROM mirror WHERE deleted_at IS NULL;
