-- The tables of the job library, procrastinate, are not written here: they come from its installed version, after this.
-- Which of its own migrations they hold already stands in this table; a newer version brings more.
CREATE TABLE queue_migrations (
    name       text PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
);
