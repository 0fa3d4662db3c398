// node tools/build-info.mjs <folder> <rustc --version> <contract>...: writes <folder>/build.json.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";

const [folder, rustc, ...contracts] = process.argv.slice(2);
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

// What goes into the contracts. Tests in files of their own do not.
const roots = ["../../scripts/wasm.sh", "Cargo.toml", "Cargo.lock", "package-lock.json", "build", "protocol", "access-grants", "credential-status", "examples", "tools/finish"];
const source = /(^(Cargo\.toml|Cargo\.lock|package-lock\.json|build)$)|\/wasm\.sh$|\/Cargo\.toml$|\/src\/.*\.rs$/;

function files(path) {
  if (source.test(path)) return path.endsWith("/tests.rs") ? [] : [path];
  if (/\.[a-z]+$/.test(path)) return [];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => files(`${path}/${entry.name}`));
}

const sources = roots.flatMap(files).sort();
const listing = sources.map((path) => `${sha256(readFileSync(path))}  ${path}\n`).join("");
const artifact = (name) => {
  const wasm = readFileSync(`${folder}/${name}.wasm`);
  return [name, { sha256: sha256(wasm), bytes: wasm.length }];
};
const info = {
  rustc,
  binaryen: JSON.parse(readFileSync("package.json", "utf8")).devDependencies.binaryen,
  sources_sha256: sha256(listing),
  contracts: Object.fromEntries(contracts.map(artifact)),
};
writeFileSync(`${folder}/build.json`, JSON.stringify(info, null, 2) + "\n");
for (const [name, { bytes }] of Object.entries(info.contracts)) console.log(`${name}.wasm ${bytes} bytes`);
