-- The subset that SQLite and PostgreSQL share: TEXT and BIGINT only. The prefix lets the mirror live in the store's
-- database.

CREATE TABLE mirror_contracts (
    id BIGINT PRIMARY KEY,
    account TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    start_block BIGINT NOT NULL,
    -- The cursor: NULL until the first batch.
    seen_block BIGINT,
    seen_hash TEXT,
    seen_at BIGINT,
    seen_head TEXT,
    -- The newest checkpoint whose head the contract itself confirmed.
    verified_block BIGINT,
    verified_hash TEXT,
    verified_at BIGINT,
    verified_head TEXT,
    final_block BIGINT NOT NULL,
    polled_at BIGINT NOT NULL,
    broken_from BIGINT,
    broken_to BIGINT,
    broken_reason TEXT
);

-- Where the mirror can be rolled back to.
CREATE TABLE mirror_checkpoints (
    contract_id BIGINT NOT NULL,
    block BIGINT NOT NULL,
    hash TEXT NOT NULL,
    at BIGINT NOT NULL,
    head TEXT NOT NULL,
    -- 1: kept when its block is final.
    kept BIGINT NOT NULL,
    PRIMARY KEY (contract_id, block)
);

-- A row is one version of a grant: true from the event (from_block, from_log) until to_block, or still.
CREATE TABLE mirror_grants (
    contract_id BIGINT NOT NULL,
    from_block BIGINT NOT NULL,
    from_log BIGINT NOT NULL,
    owner TEXT NOT NULL,
    grantee TEXT NOT NULL,
    data_id TEXT NOT NULL,
    -- Eight bytes of each of the three, so that indexes on random texts stay small. Never an identity by themselves.
    owner_key BIGINT NOT NULL,
    grantee_key BIGINT NOT NULL,
    data_key BIGINT NOT NULL,
    created_block BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    locked_until BIGINT NOT NULL,
    to_block BIGINT,
    -- standing, extended (another version follows) or revoked.
    state TEXT NOT NULL,
    PRIMARY KEY (contract_id, from_block, from_log)
);

-- The gate, and the grant that an event changes.
CREATE INDEX mirror_grants_on ON mirror_grants (data_key, owner_key, grantee_key, to_block);
-- Lists, in the order of their pages.
CREATE INDEX mirror_grants_by ON mirror_grants (owner_key, contract_id, from_block, from_log) WHERE state <> 'extended';
CREATE INDEX mirror_grants_to ON mirror_grants (grantee_key, contract_id, from_block, from_log) WHERE state <> 'extended';
-- Rollback.
CREATE INDEX mirror_grants_ended ON mirror_grants (contract_id, to_block) WHERE to_block IS NOT NULL;

-- A row is one version of a word of 256 statuses.
CREATE TABLE mirror_words (
    contract_id BIGINT NOT NULL,
    from_block BIGINT NOT NULL,
    from_log BIGINT NOT NULL,
    issuer TEXT NOT NULL,
    list BIGINT NOT NULL,
    purpose BIGINT NOT NULL,
    word_index BIGINT NOT NULL,
    word TEXT NOT NULL,
    at BIGINT NOT NULL,
    to_block BIGINT,
    PRIMARY KEY (contract_id, from_block, from_log)
);

CREATE INDEX mirror_words_now ON mirror_words (issuer, list, purpose, word_index, contract_id) WHERE to_block IS NULL;
CREATE INDEX mirror_words_ended ON mirror_words (contract_id, to_block) WHERE to_block IS NOT NULL;
