//! `scripts/demo`: plays the walk and prints it. Ends with an error at the first step that differs.

use std::path::Path;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use idos_grants::Namespace;
use idos_tests::walk;

/// The walk, on local chains, with real parts in separate processes
#[derive(Debug, Parser)]
struct Options {
    /// Which chains. The walk is played on each; and for several, once across them
    #[arg(long, value_enum, value_delimiter = ',', default_value = "evm,near,stellar")]
    chain: Vec<Chain>,
    /// Keep the stage's files and say where they are
    #[arg(long)]
    keep: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Chain {
    /// anvil
    Evm,
    /// NEAR's virtual machine
    Near,
    /// Soroban's host
    Stellar,
}

impl Chain {
    fn namespace(self) -> Namespace {
        match self {
            Self::Evm => Namespace::Eip155,
            Self::Near => Namespace::Near,
            Self::Stellar => Namespace::Stellar,
        }
    }
}

// The stage waits for processes: more threads than cores, so that the chain that runs in this one goes on meanwhile.
#[tokio::main(worker_threads = 4)]
async fn main() -> Result<()> {
    let options = Options::parse();
    let folder = tempfile::Builder::new().prefix("idos-demo-").disable_cleanup(options.keep).tempdir()?;
    if options.keep {
        println!("files are in {}", folder.path().display());
    }
    for chain in &options.chain {
        let namespace = chain.namespace();
        println!("\nThe walk on one chain: {namespace}\n");
        walk::play(&subfolder(folder.path(), namespace.as_str())?, namespace, |line| println!("{line}"))
            .await?;
    }
    if options.chain.len() > 1 {
        println!("\nThe walk across chains\n");
        let namespaces = options.chain.iter().map(|chain| chain.namespace()).collect::<Vec<_>>();
        let folder = subfolder(folder.path(), "across")?;
        walk::across::play(&folder, &namespaces, |line| println!("{line}")).await?;
    }
    println!("\nEvery step went as it should.");
    Ok(())
}

fn subfolder(folder: &Path, name: &str) -> Result<std::path::PathBuf> {
    let path = folder.join(name);
    std::fs::create_dir(&path)?;
    Ok(path)
}
