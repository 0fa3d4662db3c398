-- When the newest change, and the newest look at the shares, of a holding was signed; never later than this node's clock said then. What was signed
-- before is not applied any more, so that a request that reached some nodes only cannot be carried to the others after its owner went on.
ALTER TABLE mpc_holdings ADD COLUMN changed_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE mpc_holdings ADD COLUMN asked_at BIGINT NOT NULL DEFAULT 0;
