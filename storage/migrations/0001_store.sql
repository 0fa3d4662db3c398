-- Text and 64-bit integers only, so that one schema serves SQLite and PostgreSQL. Times are Unix seconds; ids, keys and digests are their
-- canonical text.

CREATE TABLE store_profiles (
    profile_id TEXT NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL
);

CREATE TABLE store_key_statements (
    profile_id TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    statement TEXT NOT NULL
);

CREATE TABLE store_wallets (
    wallet TEXT NOT NULL PRIMARY KEY,
    address TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    linked_at BIGINT NOT NULL
);
CREATE INDEX store_wallets_by_profile ON store_wallets (profile_id);
CREATE INDEX store_wallets_by_address ON store_wallets (address);

CREATE TABLE store_sessions (
    session_id TEXT NOT NULL PRIMARY KEY,
    wallet TEXT NOT NULL,
    session_key TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX store_sessions_by_wallet ON store_sessions (wallet);
CREATE INDEX store_sessions_by_expiry ON store_sessions (expires_at);

-- Nonces that were used, kept for as long as they could be used again.
CREATE TABLE store_nonces (
    scope TEXT NOT NULL,
    nonce TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (scope, nonce)
);
CREATE INDEX store_nonces_by_expiry ON store_nonces (expires_at);

CREATE TABLE store_uploads (
    profile_id TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    blob TEXT NOT NULL,
    size BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (profile_id, sha256)
);
CREATE INDEX store_uploads_by_expiry ON store_uploads (expires_at);

-- `original` is NULL for an original and the original's id for a copy.
CREATE TABLE store_credentials (
    data_id TEXT NOT NULL PRIMARY KEY,
    profile_id TEXT NOT NULL,
    stored_by TEXT NOT NULL,
    original TEXT,
    blob TEXT NOT NULL,
    size BIGINT NOT NULL,
    content_sha256 TEXT NOT NULL,
    sender_key TEXT NOT NULL,
    recipient_key TEXT NOT NULL,
    public_notes TEXT NOT NULL,
    notes_signature TEXT NOT NULL,
    issuer TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX store_credentials_by_profile ON store_credentials (profile_id, created_at, data_id);

-- Write grants that were used, kept until they would have ended anyway.
CREATE TABLE store_write_grants (
    digest TEXT NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX store_write_grants_by_expiry ON store_write_grants (expires_at);

-- Who reads what: one row however often, so that the log itself is short. The id is random.
CREATE TABLE store_readers (
    reader_id BIGINT NOT NULL PRIMARY KEY,
    owner_profile_id TEXT NOT NULL,
    data_id TEXT NOT NULL,
    part TEXT NOT NULL,
    reader_profile_id TEXT NOT NULL,
    reader_wallet TEXT NOT NULL
);
CREATE UNIQUE INDEX store_readers_by_data ON store_readers
    (data_id, reader_profile_id, reader_wallet, part, owner_profile_id);

-- The audit log: a row for each read by somebody else than the owner. `owner_key` is the first bytes of the owner's profile id, never an
-- identity by itself; `read_no` tells the reads of one second apart.
CREATE TABLE store_reads (
    owner_key BIGINT NOT NULL,
    read_at BIGINT NOT NULL,
    read_no BIGINT NOT NULL,
    reader_id BIGINT NOT NULL
);
CREATE UNIQUE INDEX store_reads_by_owner ON store_reads (owner_key, read_at, read_no);

-- All that is left of what was deleted.
CREATE TABLE store_receipts (
    data_id TEXT NOT NULL PRIMARY KEY,
    profile_id TEXT NOT NULL,
    content_sha256 TEXT NOT NULL,
    deleted_at BIGINT NOT NULL
);

-- Blobs that no other row names, to be removed once they are due: written before the blob itself, so that none is ever lost sight of.
CREATE TABLE store_garbage (
    blob TEXT NOT NULL PRIMARY KEY,
    due_at BIGINT NOT NULL
);
CREATE INDEX store_garbage_by_due ON store_garbage (due_at);

-- One row, changed by every command that takes something away, so that other nodes on this database drop what they keep in memory.
CREATE TABLE store_generation (
    generation BIGINT NOT NULL
);
INSERT INTO store_generation (generation) VALUES (0);
