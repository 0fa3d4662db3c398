// node --test: the vectors of crates/keys, in wasm. IDOS_KEYS_WASM names the module.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { load } from "./keys.mjs";

const bytes = readFileSync(process.env.IDOS_KEYS_WASM);
const call = await load(bytes);
const vectors = (name) => JSON.parse(readFileSync(new URL(`../../keys/vectors/${name}.json`, import.meta.url)));
const base64 = (hex) => Buffer.from(hex, "hex").toString("base64");
const numbered = (shares) => shares.map((share, index) => ({ node: index + 1, share }));

test("the module asks nothing of its host", () => {
  assert.deepEqual(WebAssembly.Module.imports(new WebAssembly.Module(bytes)), []);
});

for (const { name, kdf, password, profile_id, secret } of vectors("password")) {
  test(`password key: ${name}`, () => {
    assert.equal(call({ call: "password_key", kdf, password, profile_id }).encryption_secret, secret);
  });
}

for (const { name, recipient_secret, sender_public, recipient_public, sender_secret, nonce, plaintext, content } of vectors("sealed_box")) {
  test(`sealed box: ${name}`, () => {
    const opened = call({ call: "open_box", secret: base64(recipient_secret), sender: base64(sender_public), content });
    assert.equal(opened.plaintext, plaintext);
    const sealed = call({ call: "seal_box", recipient: base64(recipient_public), plaintext, randomness: sender_secret + nonce });
    assert.deepEqual(sealed, { sender: base64(sender_public), content });
    assert.throws(() => call({ call: "open_box", secret: base64(sender_secret), sender: base64(sender_public), content }), /not sealed to this key/);
  });
}

for (const vector of vectors("shares")) {
  const { name, terms, randomness, dealing, digest, shares, encryption_secret, encryption_key, refresh } = vector;
  test(`dealing: ${name}`, () => {
    const dealt = call({ call: "deal", terms, randomness });
    assert.deepEqual(dealt, { encryption_secret, encryption_key, dealing, digest, shares });
  });
  test(`refresh: ${name}`, () => {
    const { randomness, commitments, additions, dealing: next, digest, shares: renewed } = refresh;
    assert.deepEqual(call({ call: "refresh", dealing, randomness }), { dealing: next, digest, commitments, additions });
    for (const index of shares.keys()) {
      const refreshed = call({ call: "refreshed", dealing, share: shares[index], commitments, addition: additions[index] });
      assert.deepEqual(refreshed, { dealing: next, share: renewed[index] });
    }
  });
  test(`recovery: ${name}`, () => {
    const last = numbered(shares).slice(-terms.required);
    assert.deepEqual(call({ call: "recover", dealing, stated: encryption_key, sent: last }), { encryption_secret, encryption_key, bad: [] });
    const other = call({ call: "deal", terms, randomness: "5a".repeat(64 * terms.required) }).encryption_key;
    assert.throws(() => call({ call: "recover", dealing, stated: other, sent: last }), /statement/);
    const old = call.bind(null, { call: "recover", dealing: refresh.dealing, stated: encryption_key, sent: last });
    assert.throws(old, (error) => error.bad.length === terms.required && error.bad.every(({ fault }) => fault === "wrong_commitment"));
  });
}

for (const { name, recipient_secret, recipient, randomness, share, sealed } of vectors("sealed_share")) {
  test(`sealed share: ${name}`, () => {
    assert.deepEqual(call({ call: "seal_share", share, recipient, randomness }), sealed);
    assert.equal(call({ call: "open_share", sealed, secret: recipient_secret }).share, share);
  });
}
