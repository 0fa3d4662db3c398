// A grant that costs its owner nothing: she signs an authorization entry, a relayer puts it into a transaction of its own,
// and a sponsor pays for that by a fee bump. The same signature does not work twice. Needs RELAYER_SECRET besides what
// grants.mjs needs.

import assert from "node:assert/strict";

import { BASE_FEE, Keypair, Operation, TransactionBuilder, authorizeEntry } from "@stellar/stellar-sdk";

import { build, deployGrants, grantsAs, native, networkPassphrase, owner, relayer, server, submit } from "./support.mjs";

const VALID_LEDGERS = 100;

const contractId = await deployGrants();
const grant = {
  owner: native(owner.publicKey()),
  grantee: native(relayer.publicKey()),
  data_id: Buffer.alloc(32, 0x7f),
};
const owned = async (keypair) => (await server.getAccountEntry(keypair.publicKey())).balance().toBigInt();

const sponsor = Keypair.random();
await server.fundAddress(sponsor.publicKey());
const everybody = [owner, relayer, sponsor];
const before = await Promise.all(everybody.map(owned));

// What she has to sign is found by simulating the relayer's call.
const grants = await grantsAs(contractId, relayer);
const call = await grants.create_grant({ ...grant, locked_until: 0n, proof: undefined });
assert.deepEqual(call.needsNonInvokerSigningBy(), [owner.publicKey()]);
const [unsigned] = call.simulationData.result.auth;
const { sequence } = await server.getLatestLedger();
const auth = [await authorizeEntry(unsigned, owner, sequence + VALID_LEDGERS, networkPassphrase)];
const [{ func }] = call.built.operations;
const authorized = Operation.invokeHostFunction({ func, auth });

const relayed = await server.prepareTransaction(await build(relayer, authorized));
relayed.sign(relayer);
const bumped = TransactionBuilder.buildFeeBumpTransaction(sponsor, `${10 * BASE_FEE}`, relayed, networkPassphrase);
bumped.sign(sponsor);
const done = await submit(bumped);
assert.equal(done.feeBump, true);
assert.equal((await grants.has_access(grant)).result, true);

const after = await Promise.all(everybody.map(owned));
assert.deepEqual(after.slice(0, 2), before.slice(0, 2));
assert.ok(after[2] < before[2]);
console.log("granted without gas");

const again = await server.simulateTransaction(await build(relayer, authorized));
assert.match(again.error, /Error\(Auth, ExistingValue\)/);
console.log("refused the same signature again");
