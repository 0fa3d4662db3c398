//! `scripts/demo`: plays the walk and prints it. Ends with an error at the first step that differs.

use clap::{Parser, ValueEnum};

/// The walk, on a local chain, with real parts in separate processes
#[derive(Debug, Parser)]
struct Options {
    /// Which chains
    #[arg(long, value_enum, value_delimiter = ',', default_value = "evm")]
    chain: Vec<Chain>,
    /// Keep the stage's files and say where they are
    #[arg(long)]
    keep: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Chain {
    /// anvil
    Evm,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let folder = tempfile::Builder::new().prefix("idos-demo-").disable_cleanup(options.keep).tempdir()?;
    if options.keep {
        println!("files are in {}", folder.path().display());
    }
    for Chain::Evm in options.chain {
        idos_tests::walk::play(folder.path(), |line| println!("{line}")).await?;
    }
    println!("\nEvery step went as it should.");
    Ok(())
}
