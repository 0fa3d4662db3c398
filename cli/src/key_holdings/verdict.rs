//! Whether shares are of use.

use idos_grants::Account;
use idos_wallets::KeyStatement;
use uuid::Uuid;

use super::KeyHolding;

/// What is to become of a holding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It stays: it is named, or needed, for this reason.
    Stays(Stays),
    /// Nothing names it any more, and nothing will.
    OfNoUse,
    /// That cannot be known here, for this reason: it is deleted only if its owner says so.
    HersToSay(String),
}

/// Why a holding stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stays {
    /// The present key statement names it.
    Named,
    /// Something may still be sealed for a key before the present one.
    KeyIsChanging,
}

/// What is known, by a statement that a wallet of this folder made, of the profile of the wallet that acts.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The wallet that acts.
    pub wallet: Account,
    /// Its profile. A store may say that there is none, so that alone is no reason to delete anything.
    pub profile_id: Option<Uuid>,
    /// What the profile states, and is believed.
    pub statement: Option<&'a KeyStatement>,
    /// Whether anything is still sealed for a key before.
    pub is_changing: bool,
}

impl Known<'_> {
    /// What is to become of `holding`.
    pub fn verdict(&self, holding: &KeyHolding) -> Verdict {
        if self.profile_id != Some(holding.profile_id) {
            return self.of_another_profile(holding);
        }
        let Some(statement) = self.statement else {
            return Verdict::HersToSay("its profile states no key".into());
        };
        if holding.is_named_by(statement) {
            Verdict::Stays(Stays::Named)
        } else if self.is_changing {
            Verdict::Stays(Stays::KeyIsChanging)
        } else if holding.version <= statement.version {
            Verdict::OfNoUse
        } else {
            // An older statement than the one that it is for: of an interrupted change, or a store that goes back.
            let (theirs, present) = (holding.version, statement.version);
            Verdict::HersToSay(format!(
                "it is for version {theirs} of the key statement, and the store shows version {present}"
            ))
        }
    }

    fn of_another_profile(&self, holding: &KeyHolding) -> Verdict {
        match holding.profile_deleted_by {
            Some(account) if account == self.wallet => Verdict::OfNoUse,
            Some(account) => Verdict::HersToSay(format!("{account} asked for its profile to be deleted")),
            None => Verdict::HersToSay("it is of another profile than this wallet's".into()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "what fails here is a failed test")]
mod tests {
    use idos_wallets::{NodeDid, NodeSet, SharedKey};

    use super::*;

    const PROFILE: Uuid = Uuid::from_u128(1);

    fn wallet() -> Account {
        Account::evm(1, [1; 20])
    }

    fn nodes(first: u8) -> NodeSet {
        let node = |number: u8| {
            let key = ed25519_dalek::SigningKey::from_bytes(&[number; 32]).verifying_key();
            let did = NodeDid::from_key(key.as_bytes()).unwrap().to_string();
            serde_json::json!({"did": did, "url": format!("https://node-{number}.example")})
        };
        let set =
            serde_json::json!({"threshold": 2, "nodes": [node(first), node(first + 1), node(first + 2)]});
        serde_json::from_value(set).unwrap()
    }

    fn holding(first: u8, version: u32) -> KeyHolding {
        KeyHolding::new(PROFILE, wallet(), nodes(first), version)
    }

    fn statement(first: u8, version: u32) -> KeyStatement {
        KeyStatement {
            profile_id: PROFILE,
            account: wallet(),
            encryption_key: [9; 32],
            kdf: SharedKey::among(&nodes(first)).kdf_text().unwrap(),
            version,
            issued_at: 0,
        }
    }

    fn known(statement: Option<&KeyStatement>) -> Known<'_> {
        Known { wallet: wallet(), profile_id: Some(PROFILE), statement, is_changing: false }
    }

    #[test]
    fn what_is_named_stays_and_what_an_own_statement_replaced_goes() {
        let present = statement(1, 2);
        assert_eq!(known(Some(&present)).verdict(&holding(1, 2)), Verdict::Stays(Stays::Named));
        assert_eq!(known(Some(&present)).verdict(&holding(5, 1)), Verdict::OfNoUse);
        assert_eq!(
            known(Some(&present)).verdict(&holding(5, 2)),
            Verdict::OfNoUse,
            "a change that was not stated"
        );
    }

    #[test]
    fn while_something_is_sealed_for_the_key_before_its_shares_stay() {
        let present = statement(1, 2);
        let changing = Known { is_changing: true, ..known(Some(&present)) };
        assert_eq!(changing.verdict(&holding(5, 1)), Verdict::Stays(Stays::KeyIsChanging));
    }

    #[test]
    fn a_store_that_shows_an_older_own_statement_has_nothing_deleted() {
        let before = statement(5, 1);
        assert!(matches!(known(Some(&before)).verdict(&holding(1, 2)), Verdict::HersToSay(_)));
    }

    #[test]
    fn a_store_that_shows_no_profile_or_another_or_no_key_has_nothing_deleted() {
        let other = KeyStatement { profile_id: Uuid::from_u128(2), ..statement(1, 7) };
        let shown = [
            known(None),
            Known { profile_id: None, ..known(None) },
            Known { profile_id: Some(other.profile_id), ..known(Some(&other)) },
        ];
        for known in shown {
            assert!(matches!(known.verdict(&holding(5, 1)), Verdict::HersToSay(_)), "{known:?}");
        }
    }

    #[test]
    fn of_a_profile_that_its_owner_had_deleted_everything_goes_once_her_wallet_has_it_no_more() {
        let marked = KeyHolding { profile_deleted_by: Some(wallet()), ..holding(1, 1) };
        let present = statement(1, 1);
        assert_eq!(known(Some(&present)).verdict(&marked), Verdict::Stays(Stays::Named), "not deleted yet");
        let deleted = Known { profile_id: None, ..known(None) };
        assert_eq!(deleted.verdict(&marked), Verdict::OfNoUse);
        let other = Known { wallet: Account::evm(1, [2; 20]), ..deleted };
        assert!(
            matches!(other.verdict(&marked), Verdict::HersToSay(_)),
            "the word of another wallet's store"
        );
    }
}
