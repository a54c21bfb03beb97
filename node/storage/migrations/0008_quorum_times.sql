-- Checkpoints that logs, own and followed, have shown, and when: between two of them an entry was logged.

CREATE TABLE quorum_times (
    log_id    integer NOT NULL REFERENCES logs,
    size      bigint  NOT NULL CHECK (size >= 0),
    time      bigint  NOT NULL,  -- POSIX seconds: of the quorum's first cosignatures; without a quorum, by this node's clock
    witnessed boolean NOT NULL,  -- whether a quorum has cosigned
    note      bytea   NOT NULL,  -- the checkpoint with its cosignatures
    PRIMARY KEY (log_id, size, time)
);
CREATE INDEX quorum_times_time ON quorum_times (log_id, time, size) INCLUDE (witnessed);

-- Signatures don't compress: trying would only cost.
ALTER TABLE quorum_times ALTER COLUMN note SET STORAGE EXTERNAL;
