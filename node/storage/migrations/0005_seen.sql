-- When this node saw which tree size of which log: between which moments an entry was logged, by this node's own clock.

CREATE TABLE seen_sizes (
    log_id     integer NOT NULL REFERENCES logs,
    size       bigint  NOT NULL,
    first_seen bigint  NOT NULL,  -- POSIX seconds at which entries up to this size were first seen here
    last_seen  bigint  NOT NULL,  -- and at which no more than these were last seen to be there
    PRIMARY KEY (log_id, size)
);
