// What the scripts share: the network, who signs, and how answers are read.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

import { BASE_FEE, Keypair, Operation, TransactionBuilder, contract, rpc, scValToNative } from "@stellar/stellar-sdk";

const CODE = new URL("../../../contracts/stellar/artifacts/access_grants.wasm", import.meta.url);
const TIMEOUT_SECONDS = 300;

const { STELLAR_RPC_URL, STELLAR_NETWORK_PASSPHRASE, OWNER_SECRET, RELAYER_SECRET } = process.env;

export const networkPassphrase = STELLAR_NETWORK_PASSPHRASE;
export const server = new rpc.Server(STELLAR_RPC_URL, { allowHttp: true });
export const owner = OWNER_SECRET && Keypair.fromSecret(OWNER_SECRET);
export const relayer = RELAYER_SECRET && Keypair.fromSecret(RELAYER_SECRET);

/** What a contract client of somebody needs. */
export function as(keypair) {
  const signer = contract.basicNodeSigner(keypair, networkPassphrase);
  return { publicKey: keypair.publicKey(), networkPassphrase, rpcUrl: STELLAR_RPC_URL, allowHttp: true, ...signer };
}

/** Deploys AccessGrants, and answers its address. */
export async function deployGrants() {
  const wasm = await readFile(CODE);
  const uploaded = await invoke(owner, Operation.uploadContractWasm({ wasm }));
  const wasmHash = scValToNative(uploaded.returnValue);
  const deploy = await contract.Client.deploy(null, { wasmHash, ...as(owner) });
  const { result: client } = await deploy.signAndSend();
  return client.options.contractId;
}

/** AccessGrants as somebody calls it, by what the contract itself says of its functions. */
export function grantsAs(contractId, keypair) {
  return contract.Client.from({ contractId, ...as(keypair) });
}

/** An account of this network, as the contract's arguments have it. */
export function native(address) {
  return { tag: "Native", values: [address] };
}

/** A transaction of one operation, neither simulated nor signed. */
export async function build(keypair, operation) {
  const account = await server.getAccount(keypair.publicKey());
  const builder = new TransactionBuilder(account, { fee: BASE_FEE, networkPassphrase });
  return builder.addOperation(operation).setTimeout(TIMEOUT_SECONDS).build();
}

async function invoke(keypair, operation) {
  const prepared = await server.prepareTransaction(await build(keypair, operation));
  prepared.sign(keypair);
  return submit(prepared);
}

/** Sends a transaction, and answers it once it was successful. */
export async function submit(transaction) {
  const sent = await server.sendTransaction(transaction);
  assert.equal(sent.status, "PENDING", JSON.stringify(sent.errorResult));
  const done = await server.pollTransaction(sent.hash, { sleepStrategy: () => 500, attempts: 60 });
  assert.equal(done.status, "SUCCESS", JSON.stringify(done.resultXdr));
  return done;
}

/** Unix seconds, as the network's newest ledger has them. */
export async function now() {
  const { closeTime } = await server.getLatestLedger();
  return Number(closeTime);
}

/** Moves the network's time; where nobody can, waits. */
export async function advanceTime(seconds) {
  const until = (await now()) + seconds;
  const request = { jsonrpc: "2.0", id: 1, method: "devnet_advanceTime", params: { seconds } };
  const headers = { "content-type": "application/json" };
  await fetch(STELLAR_RPC_URL, { method: "POST", headers, body: JSON.stringify(request) });
  while ((await now()) < until) await sleep(1000);
}

/** The events of a contract from a ledger on, read in pages of one. */
export async function events(contractId, startLedger, topics) {
  const filters = [{ type: "contract", contractIds: [contractId], topics: [topics] }];
  const found = [];
  let page = await server.getEvents({ startLedger, filters, limit: 1 });
  while (page.events.length > 0) {
    found.push(...page.events);
    page = await server.getEvents({ cursor: page.cursor, filters, limit: 1 });
  }
  return found.map(({ topic, value }) => ({ topic: topic.map(scValToNative), value: scValToNative(value) }));
}

/** The number of the error with which a contract refuses. */
export async function refusal(call) {
  const assembled = await call;
  const error = rpc.Api.isSimulationError(assembled.simulation) ? assembled.simulation.error : assert.fail("nothing was refused");
  return Number(error.match(/Error\(Contract, #([0-9]+)\)/)?.[1] ?? assert.fail(error));
}
