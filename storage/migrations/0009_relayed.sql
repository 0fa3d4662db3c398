-- Calls that were counted before they were taken for relaying, by their digests, so that none is counted twice.
CREATE TABLE store_relayed (
    digest TEXT NOT NULL PRIMARY KEY,
    counted_at BIGINT NOT NULL
);
CREATE INDEX store_relayed_by_time ON store_relayed (counted_at);
