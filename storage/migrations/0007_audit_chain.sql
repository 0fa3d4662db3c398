-- The audit log, chained: each owner's reads are numbered from 1 without a gap, and each row's hash takes in the one before it.
CREATE TABLE store_audit_chains (
    chain_id BIGINT NOT NULL PRIMARY KEY,
    owner_profile_id TEXT NOT NULL UNIQUE
);

-- The index is what keeps two nodes from writing the same number.
CREATE TABLE store_audit_log (
    chain_id BIGINT NOT NULL,
    read_number BIGINT NOT NULL,
    reader_id BIGINT NOT NULL,
    read_at BIGINT NOT NULL,
    hash TEXT NOT NULL
);
CREATE UNIQUE INDEX store_audit_log_by_chain ON store_audit_log (chain_id, read_number);

-- `store_reads`, the log before this, is taken over row by row when the node opens: SQL knows no SHA-256. It stays, empty.
