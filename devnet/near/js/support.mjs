// What the scripts share: the chain, who signs, and how answers are read.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import { Account, JsonRpcProvider, KeyPairSigner, nearToYocto } from "near-api-js";

const CODE = new URL("../../../contracts/near/artifacts/access_grants.wasm", import.meta.url);

const { NEAR_RPC, OWNER_ID, OWNER_KEY, RELAYER_ID, RELAYER_KEY } = process.env;

export const provider = new JsonRpcProvider({ url: NEAR_RPC });
export const owner = account(OWNER_ID, OWNER_KEY);
export const relayer = account(RELAYER_ID, RELAYER_KEY);

function account(id, key) {
  return key && new Account(id, provider, KeyPairSigner.fromSecretKey(key));
}

/** Deploys AccessGrants on a new sub-account of the owner. */
export async function deployGrants() {
  const signer = owner.getSigner();
  const publicKey = await signer.getPublicKey();
  await owner.createSubAccount({ accountOrPrefix: "grants", publicKey, nearToTransfer: nearToYocto("10") });
  const contract = new Account(`grants.${owner.accountId}`, provider, signer);
  await contract.deployContract(await readFile(CODE));
  return contract.accountId;
}

/** Seconds since 1970, as the chain has them. */
export async function now() {
  const { header } = await provider.viewBlock({ finality: "optimistic" });
  return Number(BigInt(header.timestamp_nanosec) / 1_000_000_000n);
}

/** The NEP-297 events of a transaction: name and data. */
export function events(outcome) {
  const logs = outcome.receipts_outcome.flatMap((receipt) => receipt.outcome.logs);
  return logs
    .filter((log) => log.startsWith("EVENT_JSON:"))
    .map((log) => JSON.parse(log.slice("EVENT_JSON:".length)))
    .map(({ standard, event, data }) => ({ standard, event, data }));
}

/** What the contract says when it refuses: NAME(arguments). */
export async function refusal(call) {
  const error = await call.then(
    () => assert.fail("nothing was refused"),
    (refused) => refused,
  );
  return error.message.match(/\w+\([0-9, ]*\)/)?.[0] ?? error.message;
}
