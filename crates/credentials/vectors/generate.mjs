// Makes proofs.json: credentials of our own, signed by an implementation that shares no code with this crate, the packages of
// Digital Bazaar. Not part of any build; run it only to change the vectors. Nothing is fetched while it runs: a context is one that
// a package brings along, or ours below. Everything is fixed, the key, the times and the suites, so each run writes the same bytes.
//
// Node 20 or later, in an empty folder with a copy of this file:
//
//   npm install --save-exact jsonld-signatures@11.6.0 @digitalbazaar/data-integrity@2.5.0 \
//     @digitalbazaar/eddsa-jcs-2022-cryptosuite@1.0.0 @digitalbazaar/eddsa-rdfc-2022-cryptosuite@1.3.0 \
//     @digitalbazaar/ed25519-signature-2020@5.4.0 @digitalbazaar/ed25519-multikey@1.3.1 \
//     @digitalbazaar/credentials-context@3.2.0 @digitalbazaar/data-integrity-context@2.0.1 ed25519-signature-2020-context@1.1.0
//   node generate.mjs > proofs.json
import { createHash } from "node:crypto";

import { contexts as credentials } from "@digitalbazaar/credentials-context";
import { DataIntegrityProof } from "@digitalbazaar/data-integrity";
import dataIntegrity from "@digitalbazaar/data-integrity-context";
import * as Ed25519Multikey from "@digitalbazaar/ed25519-multikey";
import { Ed25519Signature2020 } from "@digitalbazaar/ed25519-signature-2020";
import * as jcs from "@digitalbazaar/eddsa-jcs-2022-cryptosuite";
import * as rdfc from "@digitalbazaar/eddsa-rdfc-2022-cryptosuite";
import ed25519 from "ed25519-signature-2020-context";
import jsigs from "jsonld-signatures";

const VCDM_1 = "https://www.w3.org/2018/credentials/v1";
const VCDM_2 = "https://www.w3.org/ns/credentials/v2";
const UNDEFINED_TERMS = "https://www.w3.org/ns/credentials/undefined-terms/v2";
const DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2";
const ED25519_2020 = "https://w3id.org/security/suites/ed25519-2020/v1";
const HARBOUR = "https://harbour.example/contexts/berth";

const harbour = {
  "@context": {
    BerthPermit: "https://harbour.example/terms#BerthPermit",
    skipper: "https://harbour.example/terms#skipper",
    insured: "https://harbour.example/terms#insured",
    crew: "https://harbour.example/terms#crew",
    draughtMetres: "https://harbour.example/terms#draught",
    berths: "https://harbour.example/terms#berth",
    quay: "https://harbour.example/terms#quay",
    since: "https://harbour.example/terms#since",
  },
};

const known = new Map([...credentials, ...dataIntegrity.contexts, ...ed25519.contexts, [HARBOUR, harbour]]);

async function documentLoader(url) {
  if (!known.has(url)) throw new Error(`no such context at hand: ${url}`);
  return { contextUrl: null, documentUrl: url, document: known.get(url) };
}

const seed = createHash("sha256").update("the harbour master's key").digest();
const { publicKeyMultibase } = await Ed25519Multikey.generate({ seed });
const did = `did:key:${publicKeyMultibase}`;

const suites = [
  {
    name: "eddsa-jcs-2022",
    context: DATA_INTEGRITY,
    // Only canonical JSON signs these; keys and numbers are where implementations of it go wrong.
    claims: { "\ufb33": null, "😀": [], "\u20ac": 1e-7, "\r\"": -0.5, "": 9007199254740991, "1": 123456789.125 },
    make: (options) => new DataIntegrityProof({ ...options, cryptosuite: jcs.createSignCryptosuite() }),
  },
  {
    name: "eddsa-rdfc-2022",
    context: DATA_INTEGRITY,
    make: (options) => new DataIntegrityProof({ ...options, cryptosuite: rdfc.cryptosuite }),
  },
  {
    name: "Ed25519Signature2020",
    context: ED25519_2020,
    vcdm2Context: [ED25519_2020],
    make: (options) => new Ed25519Signature2020(options),
  },
];

const subject = {
  id: "did:example:mira",
  skipper: "Mira \"Möwe\" Åkesson\n\\ ⚓",
  insured: true,
  crew: 2,
  draughtMetres: 1.65,
  berths: [{ quay: "North" }, { quay: "East", since: { quay: "South" } }],
};

function vcdm2(suite, issuer) {
  return {
    "@context": [VCDM_2, UNDEFINED_TERMS, ...(suite.vcdm2Context ?? [])],
    id: "urn:uuid:0b5e7a10-6f0d-4b5c-9a51-3d1f0c2e4a77",
    type: ["VerifiableCredential", "BerthPermit"],
    issuer,
    validFrom: "2023-05-01T00:00:00Z",
    validUntil: "2033-05-01T00:00:00Z",
    credentialSubject: { ...subject, ...suite.claims },
  };
}

function vcdm1(suite, issuer) {
  return {
    "@context": [VCDM_1, suite.context, HARBOUR],
    id: "https://harbour.example/permits/12",
    type: ["VerifiableCredential", "BerthPermit"],
    issuer,
    issuanceDate: "2023-05-01T00:00:00Z",
    expirationDate: "2033-05-01T00:00:00Z",
    credentialSubject: { ...subject, ...suite.claims },
  };
}

const url = "https://harbour.example";
const ownMethod = `${did}#${publicKeyMultibase}`;
const urlMethod = "https://harbour.example/keys/1";
const forms = [
  { name: "VCDM 2.0", document: (suite) => vcdm2(suite, did), method: ownMethod, fails: [] },
  { name: "VCDM 2.0, the key is not the issuer's", document: (suite) => vcdm2(suite, url), method: ownMethod, fails: ["issuer"] },
  {
    name: "VCDM 1.1, an issuer named by URL and a context of its own",
    document: (suite) => vcdm1(suite, url),
    method: urlMethod,
    knownKey: { verification_method: urlMethod, issuer: url },
    contexts: { [HARBOUR]: harbour },
    fails: [],
  },
];

async function vector(suite, form) {
  const { signer } = await Ed25519Multikey.generate({ seed, controller: did });
  const { algorithm, sign } = signer();
  let hash;
  const recording = {
    id: form.method,
    algorithm,
    sign({ data }) {
      hash = Buffer.from(data).toString("hex");
      return sign({ data });
    },
  };
  const { proof, ...document } = await jsigs.sign(form.document(suite), {
    suite: suite.make({ signer: recording, date: "2023-05-01T08:30:00Z" }),
    purpose: new jsigs.purposes.AssertionProofPurpose(),
    documentLoader,
  });
  return {
    name: `${suite.name}, ${form.name}`,
    seed: seed.toString("hex"),
    key: did,
    known_key: form.knownKey ?? null,
    contexts: form.contexts ?? {},
    document,
    proof,
    hash,
    fails: form.fails,
  };
}

const vectors = [];
for (const form of forms) for (const suite of suites) vectors.push(await vector(suite, form));
process.stdout.write(JSON.stringify(vectors, null, 2) + "\n");
