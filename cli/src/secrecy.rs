//! Every command may hold a secret: none leaves its memory behind.

use anyhow::{Context, Result};
use rustix::process::{Resource, Rlimit, setrlimit};

/// No core files, of this process or of those that it starts; and on Linux only the superuser may read this one's memory (`PR_SET_DUMPABLE`).
pub fn keep_memory_private() -> Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })
        .context("cannot forbid core files, which would hold your keys")?;
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)
        .context("cannot keep other processes from reading this one's memory, which holds your keys")?;
    Ok(())
}
