-- The NEAR access key (64 hex digits) by which a session was opened: the session ends when the key no longer acts for its account.
ALTER TABLE store_sessions ADD COLUMN access_key TEXT;
CREATE INDEX store_sessions_by_access_key ON store_sessions (wallet, access_key);
