//! What nodes released, judged: a share counts if it fits its dealing, and a dealing if enough nodes have good shares of it.

use std::collections::{BTreeMap, HashMap, HashSet};

use idos_api::{
    key_shares::{ReleasedShare, ReleasedShares, ShareState},
    limits::MAX_WALLETS,
};
use idos_grants::Account;
use idos_keys::{
    EncryptionSecret,
    shares::{Dealing, MAX_NODES, Share, ShareFault, SharedSecret, recover},
};
use idos_wallets::{NodeSet, ShareOperation, SignedShareRequest};

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
    /// The request that names it, whose signature was checked: nodes that send the very same are not checked again.
    signed: SignedShareRequest,
    shares: Vec<Share>,
    is_other_key: bool,
}

/// A good share that a node has.
#[derive(Debug, Clone, Copy)]
struct Held {
    state: ShareState,
    digest: Digest,
    epoch: u32,
    /// By whom the request was signed that brought it there, and when.
    signed_by: Account,
    signed_at: u64,
}

/// What a node sent.
#[derive(Debug, Default)]
struct NodeState {
    held: Vec<Held>,
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

    fn judge(&mut self, index: u8, released: ReleasedShare) -> Result<Held, ShareFault> {
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
        let known = self.dealings.get(&digest).is_some_and(|sharing| sharing.signed == signed);
        let is_signed = signed.request.shares() == self.key.shares() && (known || signed.proof().is_ok());
        if !(is_ours && named && is_signed) {
            return Err(ShareFault::ForgedDealing);
        }
        let share = share.open(self.reply)?;
        dealing.verify(index, &share)?;
        let epoch = dealing.epoch();
        let (signed_by, signed_at) = (signed.request.account, signed.request.issued_at);
        let sharing = self.dealings.entry(digest).or_insert_with(|| Sharing {
            dealing,
            signed,
            // Never moved to a larger place, which would leave shares behind.
            shares: Vec::with_capacity(usize::from(MAX_NODES)),
            is_other_key: false,
        });
        if sharing.shares.iter().any(|other| other.index() == index) {
            return Err(ShareFault::Duplicate);
        }
        sharing.shares.push(share);
        Ok(Held { state, digest, epoch, signed_by, signed_at })
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
        if state.held.iter().any(|held| held.digest == digest) {
            return state.fault.clone().unwrap_or(NodeOutcome::Done);
        }
        match (&state.fault, state.held.first()) {
            (Some(fault), _) => fault.clone(),
            (None, None) => missing(),
            (None, Some(held)) if held.epoch != winner.epoch() => {
                NodeOutcome::of_fault(ShareFault::OtherEpoch)
            }
            (None, Some(_)) => NodeOutcome::of_fault(ShareFault::ForgedDealing),
        }
    }

    /// Whether every node of the set holds a good share of this dealing, and whether all of them count it already.
    pub(super) fn held_by_all(&self, digest: Digest) -> Option<bool> {
        let mut all_current = true;
        for (index, _) in self.set.indexed() {
            let held = self.nodes.get(&index)?.held.iter().find(|held| held.digest == digest)?;
            all_current &= held.state == ShareState::Current;
        }
        Some(all_current)
    }

    /// The dealings of which there are good shares, newest first.
    pub(super) fn dealings(&self) -> Vec<&Dealing> {
        let mut dealings: Vec<_> = self.dealings.values().map(|sharing| &sharing.dealing).collect();
        dealings.sort_by_key(|dealing| std::cmp::Reverse((dealing.epoch(), dealing.digest())));
        dealings
    }

    /// When the newest share was signed that some node has ready for a refresh, by a wallet that may ask: anything else a node may have made up.
    pub(super) fn newest_pending(&self, winner: &Dealing) -> Option<u64> {
        let (sure, _) = self.wallets(winner);
        let may_ask = |account: &Account| sure.iter().any(|wallet| wallet.address() == account.address());
        let held = self.nodes.values().flat_map(|state| &state.held);
        let pending = held.filter(|held| held.state == ShareState::Pending && may_ask(&held.signed_by));
        pending.map(|held| held.signed_at).max()
    }

    /// Who may ask, by the nodes with a good share of `winner` and no fault; and whom fewer of them name than are required.
    pub(super) fn wallets(&self, winner: &Dealing) -> (Vec<Account>, Vec<Account>) {
        let digest = winner.digest();
        let lists = self.nodes.values().map(|state| {
            let is_good = state.fault.is_none() && state.held.iter().any(|held| held.digest == digest);
            (is_good, state.wallets.as_slice())
        });
        quorum(lists, self.set.threshold())
    }
}

/// Those whom as many nodes name as are required; and those whom fewer name, or only such as do not count. One liar names anybody, and a node that missed a
/// removal names who is not to ask any more.
pub(super) fn quorum<'a>(
    lists: impl Iterator<Item = (bool, &'a [Account])>,
    required: u8,
) -> (Vec<Account>, Vec<Account>) {
    let mut named: BTreeMap<String, (Account, u8)> = BTreeMap::new();
    for (counts, wallets) in lists {
        let once: HashSet<_> = wallets.iter().take(MAX_WALLETS).copied().collect();
        for wallet in once {
            let (_, by) = named.entry(wallet.to_string()).or_insert((wallet, 0));
            *by += u8::from(counts);
        }
    }
    let (sure, doubtful): (Vec<_>, Vec<_>) = named.into_values().partition(|(_, by)| *by >= required);
    let accounts = |named: Vec<(Account, u8)>| named.into_iter().map(|(wallet, _)| wallet).collect();
    (accounts(sure), accounts(doubtful))
}

fn missing() -> NodeOutcome {
    NodeOutcome::Bad { reason: "it sent no share".into() }
}
