-- Logs, own and mirrored, in one shape: a log is a log; ours is one we hold the key for.

CREATE TABLE logs (
    log_id        integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    origin        text    NOT NULL UNIQUE,
    own           boolean NOT NULL,
    verifier_key  text    NOT NULL,
    -- The head. It moves only by one UPDATE that names the size, root and epoch it moves from.
    size          bigint  NOT NULL DEFAULT 0 CHECK (size >= 0),
    root          bytea   NOT NULL CHECK (length(root) = 32),
    epoch         bigint  NOT NULL DEFAULT 0,
    note          bytea,            -- the signed checkpoint of the head: durable
    released_size bigint,           -- the latest checkpoint known to be committed and free to leave the node
    released_note bytea
);

-- No foreign keys from here on: each would cost a look-up a row, and rows are only ever written `FROM head`.

-- Full bundles and full tiles are written once; a tile's partial forms are prefixes of it.
CREATE TABLE bundles (
    log_id integer NOT NULL,
    index  bigint  NOT NULL,
    data   bytea   NOT NULL,
    PRIMARY KEY (log_id, index)
);

CREATE TABLE tiles (
    log_id integer  NOT NULL,
    level  smallint NOT NULL,
    index  bigint   NOT NULL,
    data   bytea    NOT NULL CHECK (length(data) = 8192),
    PRIMARY KEY (log_id, level, index)
);

-- The unfinished bundle: what each commit added to it, in the form of a bundle. Gone once the bundle is full.
CREATE TABLE tails (
    log_id integer NOT NULL,
    first  bigint  NOT NULL,
    data   bytea   NOT NULL,
    PRIMARY KEY (log_id, first)
);

-- Neither hashes nor sealed entries compress: trying would only cost.
ALTER TABLE tiles ALTER COLUMN data SET STORAGE EXTERNAL;
ALTER TABLE bundles ALTER COLUMN data SET STORAGE EXTERNAL;
ALTER TABLE tails ALTER COLUMN data SET STORAGE EXTERNAL;

-- Where a sealed entry stands. A tag is unique in an own log; a mirror keeps whatever its partner logged.
CREATE TABLE tags (
    leaf   bigint  NOT NULL,
    log_id integer NOT NULL,
    own    boolean NOT NULL,
    tag    bytea   NOT NULL
);
CREATE UNIQUE INDEX tags_own ON tags (tag, log_id) WHERE own;
CREATE INDEX tags_mirrored ON tags (tag, log_id) WHERE NOT own;

-- Entries in clear, found by the terms of the index.
CREATE TABLE clear_entries (
    log_id  integer NOT NULL,
    leaf    bigint  NOT NULL,
    own     boolean NOT NULL,
    kind    text    NOT NULL,
    id      text,
    version bigint,
    entry   bytea   NOT NULL,
    PRIMARY KEY (log_id, leaf)
);
CREATE UNIQUE INDEX clear_entries_own ON clear_entries (log_id, kind, id, version) WHERE own AND id IS NOT NULL;
CREATE INDEX clear_entries_kind ON clear_entries (log_id, kind, leaf);

CREATE TABLE terms (
    term   bytea   NOT NULL,
    log_id integer NOT NULL,
    leaf   bigint  NOT NULL,
    PRIMARY KEY (term, log_id, leaf)
);

-- One row a submission that named a request key: the same key gives the same leaves.
CREATE TABLE submissions (
    log_id      integer NOT NULL,
    request_key text    NOT NULL,
    digest      bytea   NOT NULL,
    first_leaf  bigint  NOT NULL,
    count       bigint  NOT NULL,
    PRIMARY KEY (log_id, request_key)
);

-- The texts an entry commits to: beside the log, so that they can be taken down.
CREATE TABLE texts (
    log_id     integer NOT NULL,
    commitment bytea   NOT NULL,
    document   bytea,
    taken_down boolean NOT NULL DEFAULT false,
    PRIMARY KEY (log_id, commitment),
    CHECK (taken_down = (document IS NULL))
);
