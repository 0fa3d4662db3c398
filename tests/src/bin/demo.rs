//! `scripts/demo`: plays the walk and prints it. Ends with an error at the first step that differs.

use std::path::Path;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use idos_grants::Namespace;
use idos_tests::{full, keys, walk};

/// The walk, on local chains, with real parts in separate processes
#[derive(Debug, Parser)]
struct Options {
    /// Which chains. The walk is played on each; and for several, once across them
    #[arg(long, value_enum, value_delimiter = ',', default_value = "evm,near,stellar")]
    chain: Vec<Chain>,
    /// Which story
    #[arg(long, value_enum, default_value = "walk")]
    story: Story,
    /// Keep the stage's files and say where they are
    #[arg(long)]
    keep: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Story {
    /// A credential travels from issuer to consumer, on each chain and across them
    Walk,
    /// Everything that the store can do, with two issuers, three consumers and an owner with four wallets
    Full,
    /// The key that five nodes share: lost, brought back, lied about, stolen in part, refreshed
    Keys,
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
    match options.story {
        Story::Walk => walk_on(&options.chain, folder.path()).await?,
        Story::Full => full::play(folder.path(), |line| println!("{line}")).await?,
        Story::Keys => keys::play(folder.path(), |line| println!("{line}")).await?,
    }
    println!("\nEvery step went as it should.");
    Ok(())
}

async fn walk_on(chains: &[Chain], folder: &Path) -> Result<()> {
    for chain in chains {
        let namespace = chain.namespace();
        println!("\nThe walk on one chain: {namespace}\n");
        walk::play(&subfolder(folder, namespace.as_str())?, namespace, |line| println!("{line}")).await?;
    }
    if chains.len() > 1 {
        println!("\nThe walk across chains\n");
        let namespaces = chains.iter().map(|chain| chain.namespace()).collect::<Vec<_>>();
        walk::across::play(&subfolder(folder, "across")?, &namespaces, |line| println!("{line}")).await?;
    }
    Ok(())
}

fn subfolder(folder: &Path, name: &str) -> Result<std::path::PathBuf> {
    let path = folder.join(name);
    std::fs::create_dir(&path)?;
    Ok(path)
}
