-- What this node's cosigners cosigned last of each log: a witness that forgets, or goes back, can cosign two histories.

CREATE TABLE cosigned (
    origin    text    NOT NULL,
    claim     text    NOT NULL,                 -- whose statement: witness or mirror
    -- The state moves only by one UPDATE that names the size and root it moves from.
    size      bigint  NOT NULL CHECK (size >= 0),
    root      bytea   NOT NULL CHECK (length(root) = 32),
    note      bytea,                            -- the checkpoint with its log's signature and ours; none before the first
    time      bigint,                           -- POSIX seconds that our lines state
    confirmed bigint  NOT NULL DEFAULT 0,       -- counts the commits that were made to make sure of the row
    suspended boolean NOT NULL DEFAULT false,   -- after a restore, until it has caught up with its own newest cosignature
    PRIMARY KEY (origin, claim)
) WITH (fillfactor = 20);                       -- rows change often and their keys never: new versions stay on their page

-- Signatures don't compress: trying would only cost.
ALTER TABLE cosigned ALTER COLUMN note SET STORAGE EXTERNAL;
