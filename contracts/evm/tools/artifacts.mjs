// Writes artifacts/*.json from forge's output; with --check, fails if they are not what the sources give.
import { readFileSync, writeFileSync } from "node:fs";

const CONTRACTS = ["AccessGrants", "CredentialStatus", "MembersOnly", "OwnedWallet", "ERC7913P256Verifier"];
const check = process.argv.includes("--check");
const root = new URL("..", import.meta.url);

function artifact(contractName) {
  const compiled = JSON.parse(readFileSync(new URL(`out/${contractName}.sol/${contractName}.json`, root), "utf8"));
  const { abi, bytecode, deployedBytecode } = compiled;
  const minimal = { contractName, abi, bytecode: bytecode.object, deployedBytecode: deployedBytecode.object };
  return JSON.stringify(minimal, null, 2) + "\n";
}

function committed(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

const stale = CONTRACTS.filter((name) => {
  const file = new URL(`artifacts/${name}.json`, root);
  const fresh = artifact(name);
  if (committed(file) === fresh) return false;
  if (!check) writeFileSync(file, fresh);
  return true;
});

if (check && stale.length > 0) {
  console.error(`stale artifacts: ${stale.join(", ")}; run: npm run artifacts`);
  process.exit(1);
}
console.log(check ? "artifacts are fresh" : `written: ${stale.join(", ") || "nothing new"}`);
