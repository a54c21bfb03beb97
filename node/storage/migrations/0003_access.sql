-- Tokens of those who write: only a hash is kept.
CREATE TABLE tokens (
    token_hash bytea       PRIMARY KEY CHECK (length(token_hash) = 32),
    name       text        NOT NULL UNIQUE,
    roles      text[]      NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked    boolean     NOT NULL DEFAULT false
);

-- How the mirrors of partners' logs fare.
CREATE TABLE mirrors (
    log_id      integer PRIMARY KEY REFERENCES logs,
    tried_at    bigint,          -- POSIX seconds of the latest attempt
    reached_at  bigint,          -- POSIX seconds of the latest good one
    failure     text             -- what the latest attempt failed on; none after a good one
);
