-- Where and when each version began and ended, so that a contract's events can be told again, each once and in their order.

-- Of a version that an extended timelock began: the time of its block. NULL: the grant's creation began it.
ALTER TABLE mirror_grants ADD COLUMN extended_at BIGINT;
-- Of a version that ended: the place in `to_block` and the time of the event that ended it.
ALTER TABLE mirror_grants ADD COLUMN to_log BIGINT;
ALTER TABLE mirror_grants ADD COLUMN to_at BIGINT;

-- What was mirrored before knew neither: the nearest that follows from it.
UPDATE mirror_grants SET extended_at = created_at WHERE from_block > created_block;
UPDATE mirror_grants SET to_log = 9223372036854775806, to_at = created_at WHERE to_block IS NOT NULL;

DROP INDEX mirror_grants_by;
DROP INDEX mirror_grants_to;
DROP INDEX mirror_grants_ended;

-- Lists, in the order of their pages: by time, so that the contracts of all chains are in one order.
CREATE INDEX mirror_grants_by ON mirror_grants (owner_key, created_at, contract_id, from_block, from_log)
    WHERE state <> 'extended';
CREATE INDEX mirror_grants_to ON mirror_grants (grantee_key, created_at, contract_id, from_block, from_log)
    WHERE state <> 'extended';
-- Rollback, and the events that ended a version.
CREATE INDEX mirror_grants_ended ON mirror_grants (contract_id, to_block, to_log) WHERE to_block IS NOT NULL;
