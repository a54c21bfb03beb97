-- What only this node knows: secrets and private records, each encrypted under a key of its own.
-- Record keys are wrapped by their page's key, page keys by an epoch key that lies outside the database.

CREATE TABLE key_pages (
    page_id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    epoch   integer NOT NULL,
    wrapped bytea   NOT NULL,
    records integer NOT NULL DEFAULT 0
);

CREATE TABLE records (
    record_id uuid    PRIMARY KEY,
    log_id    integer NOT NULL REFERENCES logs,
    kind      text    NOT NULL,      -- award or case
    leaf      bigint,                -- the entry it explains, where there is one
    page_id   integer NOT NULL REFERENCES key_pages,
    wrapped   bytea   NOT NULL,      -- its key, under the page's
    body      bytea   NOT NULL       -- its content, under its key
);
CREATE INDEX records_leaf ON records (log_id, leaf);

-- Blind look-ups: keyed hashes under a key of the epoch, so that a row says nothing without it.
CREATE TABLE record_lookups (
    log_id    integer NOT NULL REFERENCES logs,
    purpose   text    NOT NULL,
    lookup    bytea   NOT NULL,
    epoch     integer NOT NULL,
    record_id uuid    NOT NULL REFERENCES records ON DELETE CASCADE,
    PRIMARY KEY (log_id, purpose, lookup)
);
CREATE INDEX record_lookups_record ON record_lookups (record_id);
