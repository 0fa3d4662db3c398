// node tools/compare.mjs <committed> <fresh>: exits with 1 if the committed artifacts are stale.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const [committed, fresh] = process.argv.slice(2);
const info = (folder) => JSON.parse(readFileSync(`${folder}/build.json`, "utf8"));
const [old, now] = [info(committed), info(fresh)];
const sha256 = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");

const problems = [];
if (old.sources_sha256 !== now.sources_sha256) problems.push("the sources have changed");
for (const [name, { sha256: recorded }] of Object.entries(old.contracts)) {
  if (sha256(`${committed}/${name}.wasm`) !== recorded) problems.push(`${name}.wasm is not the one that build.json names`);
}
const sameTools = old.rustc === now.rustc && old.binaryen === now.binaryen;
if (sameTools && JSON.stringify(old.contracts) !== JSON.stringify(now.contracts)) problems.push("the same sources and tools give other bytes");

if (problems.length > 0) {
  console.error(`stale artifacts: ${problems.join("; ")}. Run contracts/stellar/build`);
  process.exit(1);
}
console.log(sameTools ? "artifacts are fresh" : `artifacts are of these sources; bytes not compared: built by ${old.rustc}, here is ${now.rustc}`);
