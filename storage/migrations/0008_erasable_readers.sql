-- Who read, erasable: a line of the audit log takes in a commitment only, SHA-256 over a salt of 32 random bytes and the reader. When the
-- reader's profile is deleted, or the term is over, `salt` and the reader become NULL and `erased_because` says why; the line, the chain and every
-- head that was signed stay valid. A row serves one period of 30 days, so that what is old is erased by itself.
CREATE TABLE store_log_readers (
    reader_id BIGINT NOT NULL PRIMARY KEY,
    owner_profile_id TEXT NOT NULL,
    data_id TEXT NOT NULL,
    part TEXT NOT NULL,
    period BIGINT NOT NULL,
    commitment TEXT NOT NULL,
    salt TEXT,
    reader_profile_id TEXT,
    reader_wallet TEXT,
    erased_because TEXT
);
-- NULLs differ, so erased readers of one thing stand side by side.
CREATE UNIQUE INDEX store_log_readers_by_data ON store_log_readers
    (data_id, reader_profile_id, reader_wallet, part, owner_profile_id, period);
CREATE INDEX store_log_readers_by_owner ON store_log_readers (owner_profile_id);
CREATE INDEX store_log_readers_by_reader ON store_log_readers (reader_profile_id);
CREATE INDEX store_log_readers_by_period ON store_log_readers (period);

-- Lines before this have the reader in clear in what is hashed. They go back to where logs from before the chain are, and are chained anew when
-- the node opens: the second and last time that a head which somebody kept does not fit any more. `store_readers` is emptied then.
INSERT INTO store_reads (owner_key, read_at, read_no, reader_id)
    SELECT chain_id, read_at, read_number, reader_id FROM store_audit_log;
DELETE FROM store_audit_log;

-- The session that asked for a profile's deletion is the last row with the profile's wallet: housekeeping looks for its end.
CREATE INDEX store_profile_receipts_by_session ON store_profile_receipts (session_id);
