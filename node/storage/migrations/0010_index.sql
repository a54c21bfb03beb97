-- The index of each log, own or mirrored: a map of its first entries, made from them and made anew where it is lost.

CREATE TABLE index_heads (
    log_id    integer PRIMARY KEY,
    -- The head moves only by one UPDATE that names the size and root it moves from.
    size      bigint NOT NULL CHECK (size >= 0),
    log_root  bytea  NOT NULL CHECK (length(log_root) = 32),
    trie_root bytea  NOT NULL CHECK (length(trie_root) = 32),
    note      bytea             -- what may be shown of it; none while it catches up
);

-- One row a page: some keys that share their first bits, or some levels of the trie above such pages.
CREATE TABLE index_pages (
    log_id integer NOT NULL,
    region bytea   NOT NULL,    -- u16be number of bits, then the bits that all keys below share
    data   bytea   NOT NULL,
    PRIMARY KEY (log_id, region)
) WITH (fillfactor = 75);       -- pages change often and their regions never: new versions stay beside the old

-- Keys with more than one leaf: all their leaf indexes, ascending, u64be each, so many to a part.
CREATE TABLE index_lists (
    log_id integer NOT NULL,
    key    bytea   NOT NULL,
    part   integer NOT NULL,
    leaves bytea   NOT NULL,
    PRIMARY KEY (log_id, key, part)
);

-- Hashes don't compress: trying would only cost.
ALTER TABLE index_pages ALTER COLUMN data SET STORAGE PLAIN;
ALTER TABLE index_lists ALTER COLUMN leaves SET STORAGE PLAIN;
