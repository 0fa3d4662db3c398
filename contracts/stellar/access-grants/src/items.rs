//! What a verb is about: one grant, or a batch.
#![allow(missing_docs, reason = "what the macros add has none")]

use idos_stellar_protocol::{Account, Refusal, call::Message, check_batch, text::Text};
use soroban_sdk::{BytesN, Env, Vec, contracttype};

use crate::verbs::Change;

/// First words of every text that is signed for this contract.
pub const NAME: &str = "idOS AccessGrants";

// A grant to create.
#[contracttype]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewGrant {
    pub data_id: BytesN<32>,
    pub grantee: Account,
    pub locked_until: u64,
}

// A grant of the owner.
#[contracttype]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantRef {
    pub data_id: BytesN<32>,
    pub grantee: Account,
}

/// One verb's grants, in order.
pub enum Items {
    One(NewGrant),
    New(Vec<NewGrant>),
    Refs(Vec<GrantRef>),
}

impl Items {
    pub fn len(&self) -> u32 {
        match self {
            Self::One(_) => 1,
            Self::New(grants) => grants.len(),
            Self::Refs(grants) => grants.len(),
        }
    }

    /// The item at a position below [`len`](Self::len). One to revoke has no lock.
    pub fn get(&self, position: u32) -> NewGrant {
        match self {
            Self::One(grant) => grant.clone(),
            Self::New(grants) => grants.get_unchecked(position),
            Self::Refs(grants) => {
                let GrantRef { data_id, grantee } = grants.get_unchecked(position);
                NewGrant { data_id, grantee, locked_until: 0 }
            }
        }
    }

    pub fn check_size(&self) -> Result<(), Refusal> {
        check_batch(self.len())
    }
}

/// What an owner says of some of her grants.
pub struct Order<'a> {
    pub change: Change,
    pub owner: &'a Account,
    pub items: &'a Items,
}

impl Message for Order<'_> {
    fn text(&self, env: &Env) -> Text {
        let is_batch = !matches!(self.items, Items::One(_));
        let mut text = Text::new(env, NAME, self.change.title(is_batch));
        text.account("Owner", self.owner);
        if is_batch {
            text.number("Grants", self.items.len().into());
        }
        for position in 0..self.items.len() {
            let NewGrant { data_id, grantee, locked_until } = self.items.get(position);
            text.account("Grantee", &grantee);
            text.bytes("Data Id", &data_id);
            if self.change != Change::Revoked {
                text.number("Locked Until", locked_until);
            }
        }
        text
    }
}
