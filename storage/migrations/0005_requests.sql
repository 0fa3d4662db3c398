-- What consumers ask for. `request` is the signed request as JSON. `to_account` is NULL where whoever knows the id may answer; `to_address` is
-- its address with its family of chains, but no chain.
CREATE TABLE store_requests (
    request_id TEXT NOT NULL PRIMARY KEY,
    profile_id TEXT NOT NULL,
    to_account TEXT,
    to_address TEXT,
    request TEXT NOT NULL,
    published_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX store_requests_by_profile ON store_requests (profile_id, published_at, request_id);
CREATE INDEX store_requests_by_address ON store_requests (to_address, published_at, request_id);
CREATE INDEX store_requests_by_expiry ON store_requests (expires_at);

-- What owners said to them, one answer an owner; they leave with the request. `answer_no` is higher than that of every answer before.
CREATE TABLE store_answers (
    request_id TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    answer_no BIGINT NOT NULL,
    kind TEXT NOT NULL,
    data_id TEXT,
    answered_at BIGINT NOT NULL,
    PRIMARY KEY (request_id, profile_id)
);
CREATE UNIQUE INDEX store_answers_by_request ON store_answers (request_id, answer_no);
CREATE INDEX store_answers_by_profile ON store_answers (profile_id);

-- Copies that their grantees gave up: from then on they do not read them, whatever is granted.
CREATE TABLE store_rescissions (
    data_id TEXT NOT NULL,
    profile_id TEXT NOT NULL,
    owner_profile_id TEXT NOT NULL,
    rescinded_at BIGINT NOT NULL,
    PRIMARY KEY (data_id, profile_id)
);
CREATE INDEX store_rescissions_by_profile ON store_rescissions (profile_id);
CREATE INDEX store_rescissions_by_owner ON store_rescissions (owner_profile_id);
