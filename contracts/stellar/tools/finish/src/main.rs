//! `idos-stellar-finish <in.wasm> <out.wasm>`
//!
//! soroban-sdk describes every type in the wasm section `contractspecv0`, also those that a contract only uses inside, and marks in the data
//! section which ones the contract speaks with; the one who builds must drop the others. `stellar contract build` does that; this does the
//! same with the same library, so that a build needs no CLI.

use std::{collections::HashSet, env, fs};

use anyhow::{Context, Result, bail};
use soroban_spec::{read::from_wasm, shaking};
use stellar_xdr::{Limits, ScSpecEntry, WriteXdr};
use wasm_encoder::{CustomSection, Module, RawSection};
use wasmparser::{Parser, Payload};

const SPEC_SECTION: &str = "contractspecv0";

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [from, to] = arguments.as_slice() else { bail!("usage: idos-stellar-finish <in.wasm> <out.wasm>") };
    let wasm = fs::read(from).with_context(|| from.clone())?;
    fs::write(to, finish(&wasm)?).with_context(|| to.clone())
}

fn finish(wasm: &[u8]) -> Result<Vec<u8>> {
    let spec = used_spec(wasm)?;
    let mut module = Module::new();
    let mut specs_written = 0;
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        if matches!(&payload, Payload::CustomSection(section) if section.name() == SPEC_SECTION) {
            module.section(&CustomSection { name: SPEC_SECTION.into(), data: spec.as_slice().into() });
            specs_written += 1;
        } else if let Some((id, range)) = payload.as_section() {
            let data = wasm.get(range).context("a section beyond the end")?;
            module.section(&RawSection { id, data });
        }
    }
    if specs_written != 1 {
        bail!("{specs_written} sections {SPEC_SECTION}: one is expected");
    }
    Ok(module.finish())
}

/// Functions, then what they and the events use, each once.
fn used_spec(wasm: &[u8]) -> Result<Vec<u8>> {
    let markers = shaking::find_all(wasm);
    let mut seen = HashSet::new();
    let entries: Vec<ScSpecEntry> =
        shaking::filter(from_wasm(wasm)?, &markers).filter(|entry| seen.insert(entry.clone())).collect();
    let mut spec = Vec::new();
    for entry in entries {
        spec.extend(entry.to_xdr(Limits::none())?);
    }
    Ok(spec)
}
