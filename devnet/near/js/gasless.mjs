// A grant that costs its owner nothing: she signs a delegate action (NEP-366), a relayer sends it and pays gas and storage.
// The same signature does not work twice. Needs RELAYER_ID and RELAYER_KEY besides what grants.mjs needs.

import assert from "node:assert/strict";

import { actions, nearToYocto, teraToGas } from "near-api-js";

import { deployGrants, events, owner, provider, relayer } from "./support.mjs";

const contractId = await deployGrants();
const grant = { grantee: "bob.near", data_id: "7f".repeat(32), locked_until: "0" };
const owned = async () => (await provider.viewAccount({ accountId: owner.accountId })).amount;

const before = await owned();
const { signedDelegate } = await owner.createSignedMetaTransaction({
  receiverId: contractId,
  actions: [actions.functionCall("create_grant", grant, teraToGas("30"), nearToYocto("0.1"))],
});
const relayed = await relayer.relayMetaTransaction(signedDelegate);
assert.deepEqual(events(relayed).map(({ event, data }) => [event, data[0].owner]), [["grant_created", owner.accountId]]);
assert.equal(await owned(), before);
console.log("granted without gas");

await assert.rejects(relayer.relayMetaTransaction(signedDelegate), /nonce/i);
console.log("refused the same signature again");
