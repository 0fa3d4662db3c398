//! What must be, said as simply as it can be.

use std::collections::BTreeMap;

use super::step::{PEOPLE, WALLETS};

/// How a wallet's grant to another on an object stands.
#[derive(Debug, Clone, Copy)]
pub enum Grant {
    Standing { is_final: bool, locked_until: u64 },
    Revoked,
}

/// An original, or a copy.
#[derive(Debug, Clone, Copy)]
pub struct Object {
    pub owner: usize,
    pub is_copy: bool,
    pub is_deleted: bool,
}

#[derive(Debug)]
pub struct Model {
    pub objects: Vec<Object>,
    /// Whose each wallet is.
    pub wallets: [Option<usize>; WALLETS],
    /// By the wallet that granted, the one that it was granted to, and the object.
    pub grants: BTreeMap<(usize, usize, usize), Grant>,
}

impl Model {
    /// Each person begins with one wallet.
    pub fn new() -> Self {
        let wallets = std::array::from_fn(|wallet| (wallet < PEOPLE).then_some(wallet));
        Self { objects: Vec::new(), wallets, grants: BTreeMap::new() }
    }

    /// What she is answered when she reads an object: a status, and an error's code.
    pub fn read(&self, person: usize, object: usize) -> (u16, &'static str) {
        const NOT_FOUND: (u16, &str) = (404, "not_found");
        let Object { owner, is_deleted, .. } = self.objects[object];
        if is_deleted {
            return NOT_FOUND;
        }
        if owner == person {
            return (200, "");
        }
        let counts = |&(from, to, on): &(usize, usize, usize)| {
            on == object && self.wallets[from] == Some(owner) && self.wallets[to] == Some(person)
        };
        let grants: Vec<_> =
            self.grants.iter().filter(|(key, _)| counts(key)).map(|(_, grant)| grant).collect();
        let any = |is: fn(&Grant) -> bool| grants.iter().any(|grant| is(grant));
        if any(|grant| matches!(grant, Grant::Standing { is_final: true, .. })) {
            (200, "")
        } else if any(|grant| matches!(grant, Grant::Standing { .. })) {
            (403, "grant_not_final")
        } else if any(|grant| matches!(grant, Grant::Revoked)) {
            (403, "grant_revoked")
        } else {
            NOT_FOUND
        }
    }

    /// Whether a timelock of one of the wallets, on an object or on any, holds at `now`.
    pub fn is_locked(&self, by: &[usize], object: Option<usize>, now: u64) -> bool {
        self.grants.iter().any(|((from, _, on), grant)| {
            let holds = matches!(grant, Grant::Standing { locked_until, .. } if now <= *locked_until && *locked_until > 0);
            holds && by.contains(from) && object.is_none_or(|object| object == *on)
        })
    }

    pub fn wallets_of(&self, person: usize) -> Vec<usize> {
        (0..WALLETS).filter(|wallet| self.wallets[*wallet] == Some(person)).collect()
    }

    /// A block came: what was in the one before is final.
    pub fn finalize(&mut self) {
        for grant in self.grants.values_mut() {
            if let Grant::Standing { is_final, .. } = grant {
                *is_final = true;
            }
        }
    }
}
