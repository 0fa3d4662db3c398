//! What nodes released, judged: a share counts if it fits its dealing, and a dealing if enough nodes have good shares of it.

use std::collections::{BTreeMap, HashMap};

use idos_api::key_shares::{ReleasedShare, ReleasedShares, ShareState};
use idos_grants::Account;
use idos_keys::{
    EncryptionSecret,
    shares::{Dealing, Share, ShareFault, SharedSecret, recover},
};
use idos_wallets::{NodeSet, ShareOperation};

use super::{KeyOfProfile, report::NodeOutcome};
use crate::ClientError;

/// The most shares that a node has of a key: one, and one to come.
const SHARES_MAX: usize = 2;

type Digest = [u8; 32];

/// What has come so far.
pub(super) struct Gathered<'a> {
    set: &'a NodeSet,
    key: &'a KeyOfProfile,
    reply: &'a EncryptionSecret,
    dealings: HashMap<Digest, Sharing>,
    nodes: BTreeMap<u8, NodeState>,
    /// A dealing of another key had enough good shares.
    pub(super) other_key: bool,
}

/// A dealing, and the good shares of it.
struct Sharing {
    dealing: Dealing,
    shares: Vec<Share>,
    is_other_key: bool,
}

/// What a node sent.
#[derive(Debug, Default)]
struct NodeState {
    held: Vec<(ShareState, Digest, u32)>,
    wallets: Vec<Account>,
    fault: Option<NodeOutcome>,
}

/// The key, and by which dealing.
pub(super) struct Found {
    pub(super) secret: SharedSecret,
    pub(super) dealing: Dealing,
}

impl<'a> Gathered<'a> {
    pub(super) fn new(set: &'a NodeSet, key: &'a KeyOfProfile, reply: &'a EncryptionSecret) -> Self {
        Self { set, key, reply, dealings: HashMap::new(), nodes: BTreeMap::new(), other_key: false }
    }

    /// Takes what a node answered.
    pub(super) fn take(&mut self, index: u8, answer: Result<ReleasedShares, ClientError>) {
        let mut state = NodeState::default();
        match answer {
            Err(error) => state.fault = Some(NodeOutcome::of_error(&error)),
            Ok(released) => {
                state.wallets = released.wallets;
                for share in released.shares.into_iter().take(SHARES_MAX) {
                    match self.judge(index, share) {
                        Ok(held) => state.held.push(held),
                        Err(fault) => state.fault = Some(NodeOutcome::of_fault(fault)),
                    }
                }
            }
        }
        self.nodes.insert(index, state);
    }

    fn judge(&mut self, index: u8, released: ReleasedShare) -> Result<(ShareState, Digest, u32), ShareFault> {
        let ReleasedShare { state, dealing, signed, share } = released;
        let (terms, digest) = (dealing.terms(), dealing.digest());
        let is_ours = terms.profile_id == self.key.profile_id
            && terms.node_set == self.set.digest()
            && terms.threshold.required() == self.set.threshold()
            && terms.threshold.nodes() == self.set.node_count();
        let named = match signed.request.operation {
            ShareOperation::Store { dealing } | ShareOperation::PrepareRefresh { dealing } => {
                dealing == digest
            }
            _ => false,
        };
        // Who that wallet is, and whether it was the owner's then, nobody can tell afterwards: what counts is the key that comes of it.
        let is_signed = signed.request.profile_id == self.key.profile_id && signed.proof().is_ok();
        if !(is_ours && named && is_signed) {
            return Err(ShareFault::ForgedDealing);
        }
        let share = share.open(self.reply)?;
        dealing.verify(index, &share)?;
        let epoch = dealing.epoch();
        let sharing = self.dealings.entry(digest).or_insert_with(|| Sharing {
            dealing,
            shares: Vec::new(),
            is_other_key: false,
        });
        if sharing.shares.iter().any(|other| other.index() == index) {
            return Err(ShareFault::Duplicate);
        }
        sharing.shares.push(share);
        Ok((state, digest, epoch))
    }

    /// The key, as soon as enough good shares of one dealing are there.
    pub(super) fn find(&mut self) -> Option<Found> {
        let required = usize::from(self.set.threshold());
        for sharing in self.dealings.values_mut() {
            if sharing.shares.len() < required || sharing.is_other_key {
                continue;
            }
            let sent = sharing.shares.iter().map(|share| (share.index(), share.clone()));
            let Ok(recovered) = recover(&sharing.dealing, sent) else { continue };
            if recovered.secret.encryption_secret_of(&self.key.encryption_key).is_ok() {
                return Some(Found { secret: recovered.secret, dealing: sharing.dealing.clone() });
            }
            sharing.is_other_key = true;
            self.other_key = true;
        }
        None
    }

    /// The most good shares that are there of one dealing.
    pub(super) fn most(&self) -> u8 {
        let most = self.dealings.values().map(|sharing| sharing.shares.len()).max().unwrap_or(0);
        u8::try_from(most).unwrap_or(u8::MAX)
    }

    /// What the node did, judged by the dealing that the key came of.
    pub(super) fn outcome(&self, index: u8, winner: Option<&Dealing>) -> NodeOutcome {
        let Some(state) = self.nodes.get(&index) else { return NodeOutcome::Unneeded };
        let Some(winner) = winner else {
            let good = if state.held.is_empty() { missing() } else { NodeOutcome::Done };
            return state.fault.clone().unwrap_or(good);
        };
        let digest = winner.digest();
        if state.held.iter().any(|held| held.1 == digest) {
            return state.fault.clone().unwrap_or(NodeOutcome::Done);
        }
        match (&state.fault, state.held.first()) {
            (Some(fault), _) => fault.clone(),
            (None, None) => missing(),
            (None, Some(held)) if held.2 != winner.epoch() => NodeOutcome::of_fault(ShareFault::OtherEpoch),
            (None, Some(_)) => NodeOutcome::of_fault(ShareFault::ForgedDealing),
        }
    }

    /// Whether every node of the set holds a good share of this dealing, and whether all of them count it already.
    pub(super) fn held_by_all(&self, digest: Digest) -> Option<bool> {
        let mut all_current = true;
        for (index, _) in self.set.indexed() {
            let held = self.nodes.get(&index)?.held.iter().find(|held| held.1 == digest)?;
            all_current &= held.0 == ShareState::Current;
        }
        Some(all_current)
    }

    /// The dealings of which there are good shares, newest first.
    pub(super) fn dealings(&self) -> Vec<&Dealing> {
        let mut dealings: Vec<_> = self.dealings.values().map(|sharing| &sharing.dealing).collect();
        dealings.sort_by_key(|dealing| std::cmp::Reverse((dealing.epoch(), dealing.digest())));
        dealings
    }

    /// Who may ask by the word of any node.
    pub(super) fn wallets(&self) -> Vec<Account> {
        let mut wallets: Vec<_> =
            self.nodes.values().flat_map(|state| state.wallets.iter().copied()).collect();
        wallets.sort_unstable_by_key(ToString::to_string);
        wallets.dedup();
        wallets
    }
}

fn missing() -> NodeOutcome {
    NodeOutcome::Bad { reason: "it sent no share".into() }
}
