-- Consents by which issuers made profiles, kept until they have expired, so that the same request gets the same answer.
CREATE TABLE store_profile_consents (
    digest TEXT NOT NULL PRIMARY KEY,
    profile_id TEXT NOT NULL,
    made_by TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX store_profile_consents_by_profile ON store_profile_consents (profile_id);
CREATE INDEX store_profile_consents_by_expiry ON store_profile_consents (expires_at);

-- Key statements that were replaced, so that a change of keys that was interrupted can be finished.
CREATE TABLE store_past_key_statements (
    profile_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    encryption_key TEXT NOT NULL,
    statement TEXT NOT NULL,
    PRIMARY KEY (profile_id, version)
);

-- Why something was deleted: `asked` by its owner, with its `profile`, or because its grants are `revoked`.
ALTER TABLE store_receipts ADD COLUMN reason TEXT NOT NULL DEFAULT 'asked';
CREATE UNIQUE INDEX store_receipts_by_profile ON store_receipts (profile_id, deleted_at, data_id);

-- All that is left of a deleted profile, beside the receipts of what it held. The session that asked may ask for it again.
CREATE TABLE store_profile_receipts (
    profile_id TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL,
    deleted_at BIGINT NOT NULL,
    wallets BIGINT NOT NULL,
    key_statements BIGINT NOT NULL,
    uploads BIGINT NOT NULL,
    reads BIGINT NOT NULL
);

-- Whose log, when a profile is deleted.
CREATE INDEX store_readers_by_owner ON store_readers (owner_profile_id);
