//! What grants come to: a pure function of the mirrored grants, the two sides' wallets and the time.

use idos_mirror::{GrantState, MirroredGrant};
use idos_wallets::Wallet;

/// The wallets that count.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sides<'a> {
    /// Of the profile that owns the data id.
    pub(super) owners: &'a [Wallet],
    /// Of the caller's profile.
    pub(super) grantees: &'a [Wallet],
}

/// Whether a grantee may read. In this order the better answer wins where grants differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Decision {
    /// A grant stands, final and confirmed, on a fresh mirror.
    Open,
    /// A grant stands, and may become final.
    NotFinal,
    /// A grant stands, but the mirror is behind.
    Stale,
    /// There is or was a grant, but the mirror is not to be trusted.
    Inconsistent,
    /// There was a grant.
    Revoked,
    /// No grant was ever seen.
    Nothing,
}

impl Decision {
    /// Each, in order.
    pub(super) const ALL: [Self; 6] =
        [Self::Open, Self::NotFinal, Self::Stale, Self::Inconsistent, Self::Revoked, Self::Nothing];

    /// For metrics.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::NotFinal => "not_final",
            Self::Stale => "stale",
            Self::Inconsistent => "inconsistent",
            Self::Revoked => "revoked",
            Self::Nothing => "nothing",
        }
    }
}

/// The decision over `grants`, all of them on one data id.
pub(super) fn decide(
    grants: &[MirroredGrant],
    sides: Sides<'_>,
    now: u64,
    stale_after_secs: u64,
) -> Decision {
    let counts = |grant: &&MirroredGrant| {
        sides.owners.iter().any(|wallet| wallet.controls(&grant.owner))
            && sides.grantees.iter().any(|wallet| wallet.controls(&grant.grantee))
    };
    let each = grants.iter().filter(counts).map(|grant| decide_one(grant, now, stale_after_secs));
    each.min().unwrap_or(Decision::Nothing)
}

fn decide_one(grant: &MirroredGrant, now: u64, stale_after_secs: u64) -> Decision {
    match grant.state {
        _ if grant.contract.broken.is_some() => Decision::Inconsistent,
        GrantState::Revoked { .. } => Decision::Revoked,
        GrantState::Standing if !grant.contract.is_fresh(now, stale_after_secs) => Decision::Stale,
        GrantState::Standing if grant.is_final() => Decision::Open,
        GrantState::Standing => Decision::NotFinal,
    }
}

#[cfg(test)]
mod tests;
