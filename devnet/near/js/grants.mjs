// The contract's life as an app meets it: near-api-js deploys AccessGrants, grants with a timelock, is refused a revoke,
// moves time, revokes, and reads views and logs. Run by the tests of idos-devnet-near; by hand, against `near-devnet`:
//
//   NEAR_RPC=http://127.0.0.1:3030 OWNER_ID=alice.near OWNER_KEY=<printed by near-devnet> node grants.mjs

import assert from "node:assert/strict";

import { nearToYocto } from "near-api-js";

import { deployGrants, events, now, owner, provider, refusal } from "./support.mjs";

const LOCK_SECONDS = 3600;

const contractId = await deployGrants();
console.log(`deployed on ${contractId}`);

const grant = { grantee: "bob.near", data_id: "7f".repeat(32) };
const ofOwner = { owner: owner.accountId, ...grant };
const view = (method, args) => provider.callFunction({ contractId, method, args });
const call = (methodName, args, deposit = 0n) => owner.callFunctionRaw({ contractId, methodName, args, deposit });

const lockedUntil = (await now()) + LOCK_SECONDS;
const locked = { ...grant, locked_until: `${lockedUntil}` };
assert.match(await refusal(call("create_grant", locked)), /^StorageDepositMissing\([0-9]+\)$/);
const created = await call("create_grant", locked, nearToYocto("0.1"));
assert.deepEqual(events(created), [
  { standard: "idos-access-grants", event: "grant_created", data: [{ owner: owner.accountId, ...locked }] },
]);
assert.equal(await view("has_access", ofOwner), true);
console.log(`granted, locked until ${lockedUntil}`);

assert.equal(await refusal(call("revoke_grant", grant)), `GrantLocked(${lockedUntil})`);
console.log("refused a revoke while locked");

await provider.sendJsonRpc("sandbox_fast_forward", { delta_height: LOCK_SECONDS + 1 });
assert.ok((await now()) > lockedUntil);
console.log("moved time");

const revoked = await call("revoke_grant", grant);
assert.deepEqual(events(revoked).map(({ event }) => event), ["grant_revoked"]);
assert.equal(await view("has_access", ofOwner), false);
assert.equal(await view("grant_of", ofOwner), null);
assert.match(await view("history_head", {}), /^[0-9a-f]{64}$/);
console.log("revoked");
