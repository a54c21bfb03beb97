-- What only this node knows: secrets and private records, each encrypted under a key of its own.
-- Record keys are wrapped by their page's key, page keys by an epoch key that lies in a file outside the database.
-- Erasing wraps what stays under a new epoch's key and destroys the old one: no row of what went can be read again.

CREATE TABLE key_epochs (
    epoch        integer PRIMARY KEY,
    key_check    bytea   NOT NULL,   -- tells a wrong key file before anything is written under it
    began_at     bigint  NOT NULL,   -- POSIX seconds
    destroyed_at bigint
);

CREATE TABLE key_pages (
    page_id uuid    PRIMARY KEY,
    epoch   integer NOT NULL REFERENCES key_epochs,
    wrapped bytea   NOT NULL          -- the page's key, under the epoch's
);

CREATE TABLE records (
    record_id uuid    PRIMARY KEY,    -- random
    log_id    integer NOT NULL REFERENCES logs,
    kind      text    NOT NULL,       -- award or case
    leaf      bigint,                 -- the first entry that it explains, where there is one
    page_id   uuid    NOT NULL REFERENCES key_pages,
    wrapped   bytea   NOT NULL,       -- its key, under the page's
    body      bytea   NOT NULL,       -- its content, under its key
    erase     boolean NOT NULL DEFAULT false  -- goes with the next erasure
);
CREATE INDEX records_leaf ON records (log_id, leaf);
CREATE INDEX records_page ON records (page_id);

-- Blind look-ups: keyed hashes under a key of the epoch, so that a row says nothing without it.
CREATE TABLE record_lookups (
    log_id    integer NOT NULL REFERENCES logs,
    purpose   text    NOT NULL,
    lookup    bytea   NOT NULL,
    sole      boolean NOT NULL,       -- no other record may be found by it: one award for one file
    epoch     integer NOT NULL REFERENCES key_epochs,
    record_id uuid    NOT NULL REFERENCES records ON DELETE CASCADE,
    PRIMARY KEY (log_id, purpose, lookup, record_id)
);
CREATE UNIQUE INDEX record_lookups_sole ON record_lookups (log_id, purpose, lookup) WHERE sole;
CREATE INDEX record_lookups_record ON record_lookups (record_id);
