-- Evidence of split views: documents that convince anybody who has the log's key (docs/formats/evidence.md).

CREATE TABLE evidence (
    evidence_id bytea  PRIMARY KEY CHECK (length(evidence_id) = 32),  -- SHA-256 of the document
    origin      text   NOT NULL,
    document    bytea  NOT NULL,
    stored_at   bigint NOT NULL                                       -- POSIX seconds
);
CREATE INDEX evidence_origin ON evidence (origin, stored_at);
