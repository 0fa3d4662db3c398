// The contract's life as an app meets it: @stellar/stellar-sdk deploys AccessGrants, grants with a timelock, is refused a
// revoke, moves time, revokes, and pages through events. Run by the tests of idos-devnet-stellar; by hand, against
// `stellar-devnet`:
//
//   STELLAR_RPC_URL=http://127.0.0.1:8000/rpc STELLAR_NETWORK_PASSPHRASE="Standalone Network ; February 2017" \
//     OWNER_SECRET=<printed by stellar-devnet> node grants.mjs

import assert from "node:assert/strict";

import { Keypair, nativeToScVal } from "@stellar/stellar-sdk";

import { advanceTime, deployGrants, events, grantsAs, native, now, owner, refusal, server } from "./support.mjs";

// Where time cannot be moved, it is waited for.
const LOCK_SECONDS = Number(process.env.LOCK_SECONDS ?? 3600);
const GRANT_LOCKED = 3;

const { sequence: firstLedger } = await server.getLatestLedger();
const contractId = await deployGrants();
console.log(`deployed ${contractId}`);

const grants = await grantsAs(contractId, owner);
const grantee = Keypair.random().publicKey();
const dataId = Buffer.alloc(32, 0x7f);
const grant = { owner: native(owner.publicKey()), grantee: native(grantee), data_id: dataId };

const lockedUntil = BigInt((await now()) + LOCK_SECONDS);
const created = await grants.create_grant({ ...grant, locked_until: lockedUntil, proof: undefined });
await created.signAndSend();
assert.equal((await grants.has_access(grant)).result, true);
console.log(`granted, locked until ${lockedUntil}`);

assert.equal(await refusal(grants.revoke_grant({ ...grant, proof: undefined })), GRANT_LOCKED);
console.log("refused a revoke while locked");

await advanceTime(LOCK_SECONDS + 1);
assert.ok(BigInt(await now()) > lockedUntil);
console.log("moved time");

// The SDK counts from the machine's time until when a transaction may be taken; the network's is now ahead of it.
const revoked = await grants.revoke_grant({ ...grant, proof: undefined }, { timeoutInSeconds: LOCK_SECONDS + 300 });
await revoked.signAndSend();
assert.equal((await grants.has_access(grant)).result, false);
assert.equal((await grants.history_head()).result.length, 32);

const byDataId = ["*", "*", "*", nativeToScVal(dataId).toXDR("base64")];
const told = await events(contractId, firstLedger, byDataId);
const topic = (name) => [name, ["Native", owner.publicKey()], ["Native", grantee], dataId];
assert.deepEqual(told.map(({ topic }) => topic), [topic("grant_created"), topic("grant_revoked")]);
assert.equal(told[0].value.locked_until, lockedUntil);
assert.deepEqual(await events(contractId, firstLedger, [nativeToScVal("nothing", { type: "symbol" }).toXDR("base64"), "**"]), []);
console.log("revoked");
