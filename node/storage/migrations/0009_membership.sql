-- A log's keys, and its end. logs.verifier_key is the key that signs now.

-- Keys by which a log, own or followed, has signed before: up to this size, at which it had this root hash.
CREATE TABLE former_keys (
    log_id       integer NOT NULL REFERENCES logs,
    verifier_key text    NOT NULL,
    size         bigint  NOT NULL CHECK (size >= 0),
    root         bytea   NOT NULL CHECK (length(root) = 32),
    why          text    NOT NULL CHECK (why IN ('retired', 'compromised')),
    PRIMARY KEY (log_id, verifier_key)
);

-- The origin that follows a closed log of ours; empty while it takes entries. Set in the transaction of its last entry.
ALTER TABLE logs ADD COLUMN successor text NOT NULL DEFAULT '';
