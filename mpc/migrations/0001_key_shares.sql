-- Text and 64-bit integers only, so that one schema serves SQLite and PostgreSQL. Times are Unix seconds; ids, keys and digests are their
-- canonical text.
--
-- A holding is what this node keeps of one key: (profile, node set, the account whose signature stored it). A stranger who knows a profile's id can make a
-- holding under it by his own account, and it is in nobody's way.

CREATE TABLE mpc_holdings (
    profile_id TEXT NOT NULL,
    node_set TEXT NOT NULL,
    stored_by TEXT NOT NULL,
    wallet TEXT NOT NULL,
    node_index BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (profile_id, node_set, stored_by)
);
CREATE INDEX mpc_holdings_by_wallet ON mpc_holdings (wallet);

-- The share that counts, and beside it, while a refresh is under way, the one that will.
CREATE TABLE mpc_shares (
    profile_id TEXT NOT NULL,
    node_set TEXT NOT NULL,
    stored_by TEXT NOT NULL,
    state TEXT NOT NULL,
    dealing TEXT NOT NULL,
    signed_request TEXT NOT NULL,
    sealed TEXT NOT NULL,
    stored_at BIGINT NOT NULL,
    PRIMARY KEY (profile_id, node_set, stored_by, state)
);

-- Who may ask: accounts, and their addresses, which a wallet may have on several chains.
CREATE TABLE mpc_wallets (
    profile_id TEXT NOT NULL,
    node_set TEXT NOT NULL,
    stored_by TEXT NOT NULL,
    address TEXT NOT NULL,
    account TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (profile_id, node_set, stored_by, address, account)
);

-- Nonces that were used, kept for as long as they could be used again.
CREATE TABLE mpc_nonces (
    account TEXT NOT NULL,
    nonce TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (account, nonce)
);
CREATE INDEX mpc_nonces_by_expiry ON mpc_nonces (expires_at);

-- What was asked of a holding and done.
CREATE TABLE mpc_audit (
    profile_id TEXT NOT NULL,
    node_set TEXT NOT NULL,
    stored_by TEXT NOT NULL,
    number BIGINT NOT NULL,
    operation TEXT NOT NULL,
    account TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (profile_id, node_set, stored_by, number)
);

-- How often in an hour somebody was refused who may not ask; written down whether or not there is such a holding, so that both take as long.
CREATE TABLE mpc_refusals (
    profile_id TEXT NOT NULL,
    node_set TEXT NOT NULL,
    stored_by TEXT NOT NULL,
    hour BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    PRIMARY KEY (profile_id, node_set, stored_by, hour)
);
CREATE INDEX mpc_refusals_by_hour ON mpc_refusals (hour);
