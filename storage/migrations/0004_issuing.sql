-- What a profile stored for others with their consent: it may renew the public notes, also when only copies of the original are left.
-- Contract, accounts and copy are NULL for what was stored before this table was.
CREATE TABLE store_issuances (
    data_id TEXT NOT NULL PRIMARY KEY,
    stored_by TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    copy_data_id TEXT,
    contract TEXT,
    owner TEXT,
    grantee TEXT,
    locked_until BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX store_issuances_by_issuer ON store_issuances (stored_by, created_at, data_id);
CREATE INDEX store_issuances_by_profile ON store_issuances (profile_id);
INSERT INTO store_issuances (data_id, stored_by, profile_id, locked_until, created_at)
SELECT data_id, stored_by, profile_id, 0, created_at FROM store_credentials
WHERE original IS NULL AND stored_by <> profile_id;

-- The copies of an original, whether or not it is still there.
CREATE INDEX store_credentials_by_original ON store_credentials (original) WHERE original IS NOT NULL;

-- For a copy: the profile whose key it was sealed for, as its owner noted it. Only she sees it.
ALTER TABLE store_credentials ADD COLUMN shared_with TEXT;

-- The key that a profile signs credentials with, as one of its wallets stated it, where it follows from no did:key.
CREATE TABLE store_signing_keys (
    profile_id TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    statement TEXT NOT NULL
);
