-- Which request used a nonce up, and whether it was done: the very same request is answered again, so that a node which passes on what it was asked
-- does not use up its owner's nonce at the others.
ALTER TABLE mpc_nonces ADD COLUMN digest TEXT NOT NULL DEFAULT '';
ALTER TABLE mpc_nonces ADD COLUMN done BIGINT NOT NULL DEFAULT 0;

-- The account's address, whichever chain it named: one wallet asks so often, and no oftener under another chain's name.
ALTER TABLE mpc_audit ADD COLUMN address TEXT NOT NULL DEFAULT '';
CREATE INDEX mpc_audit_by_address ON mpc_audit (profile_id, node_set, stored_by, address, number);
