-- Text and 64-bit integers only, so that one schema serves SQLite and PostgreSQL. Times are Unix seconds.

-- A row a call. `sent_bytes` is the signed transaction, hex, written before it is sent: what may be on its way is never unknown.
CREATE TABLE relay_submissions (
    digest TEXT NOT NULL PRIMARY KEY,
    chain TEXT NOT NULL,
    owner TEXT NOT NULL,
    app TEXT NOT NULL,
    call TEXT NOT NULL,
    deadline BIGINT,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    sent_transaction TEXT,
    sent_bytes TEXT,
    block BIGINT,
    code TEXT,
    message TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX relay_submissions_by_turn ON relay_submissions (chain, state, created_at);
CREATE INDEX relay_submissions_by_owner ON relay_submissions (owner, created_at);
CREATE INDEX relay_submissions_by_app ON relay_submissions (app, created_at);
CREATE INDEX relay_submissions_by_time ON relay_submissions (created_at);
