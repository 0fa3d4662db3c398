//! Deleting what is of no use, and naming what may be.

use anyhow::Result;
use idos_client::{Signer, SigningWallet, owner::sealed_for_others};
use idos_grants::Account;
use idos_keys::EncryptionKey;
use serde::Serialize;
use uuid::Uuid;

use super::{
    KeyHolding,
    verdict::{Known, Stays, Verdict},
};
use crate::{
    clock,
    context::{Context, SignedIn},
};

/// How long the sessions last that only ask for a profile, in seconds.
const LOOKING_SECS: u64 = 60;

/// A holding that was not deleted.
#[derive(Debug, Clone, Serialize)]
pub struct Undeleted {
    /// Which.
    #[serde(flatten)]
    pub holding: KeyHolding,
    /// Why.
    pub reason: String,
}

/// What a clean-up came to.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Cleaned {
    /// Holdings that are gone.
    pub deleted: Vec<KeyHolding>,
    /// Holdings that may be of use, for all that is known here.
    pub kept: Vec<Undeleted>,
    /// Holdings that could not be deleted: whoever may ask there still gets their key.
    pub left: Vec<Undeleted>,
}

/// Holdings by what is to become of them.
#[derive(Default)]
struct Judged {
    of_no_use: Vec<KeyHolding>,
    hers_to_say: Vec<Undeleted>,
    kept: Vec<Undeleted>,
}

impl SignedIn {
    /// Deletes the shares that this folder stored and that are of no use: a wallet of this folder has stated another key of the same profile since, or had
    /// the profile deleted. A node's word alone has nothing deleted, or it could have the present key deleted.
    pub async fn delete_unused_shares(&self, context: &mut Context<'_>) -> Result<Cleaned> {
        let Judged { of_no_use, hers_to_say, kept } = self.judged(context).await?;
        let cleaned = self.delete_holdings(of_no_use, context).await?;
        Ok(Cleaned { kept: [kept, hers_to_say].concat(), ..cleaned })
    }

    /// Deletes what its owner says is of no use, too; never what a profile may need that a wallet of this folder has, or that an issuer may still make.
    pub async fn delete_doubtful_shares(&self, context: &mut Context<'_>) -> Result<Cleaned> {
        let Judged { mut of_no_use, hers_to_say, mut kept } = self.judged(context).await?;
        let others =
            if hers_to_say.is_empty() { Vec::new() } else { self.profiles_of_others(context).await? };
        for Undeleted { holding, .. } in hers_to_say {
            let owner = others.iter().find(|(_, profile_id)| *profile_id == holding.profile_id);
            let reason = match owner {
                Some((account, _)) => format!("it is of the profile of {account}: act as that (--wallet)"),
                None if holding.named_until >= clock::now() => {
                    format!("an issuer may make its profile until {}", holding.named_until)
                }
                None => {
                    of_no_use.push(holding);
                    continue;
                }
            };
            kept.push(Undeleted { holding, reason });
        }
        let cleaned = self.delete_holdings(of_no_use, context).await?;
        Ok(Cleaned { kept, ..cleaned })
    }

    /// Deletes every share that this folder stored for a profile, which is deleted itself.
    pub async fn delete_all_shares_of(&self, profile_id: Uuid, context: &mut Context<'_>) -> Result<Cleaned> {
        let mut holdings = context.home.key_holdings()?;
        holdings.retain(|holding| holding.profile_id == profile_id);
        self.delete_holdings(holdings, context).await
    }

    async fn judged(&self, context: &Context<'_>) -> Result<Judged> {
        let mut judged = Judged::default();
        let holdings = context.home.key_holdings()?;
        if holdings.is_empty() {
            return Ok(judged);
        }
        if let Some(profile) = &self.profile {
            // It stands, whoever asked for its deletion.
            self.mark_profile_kept(profile.id, context)?;
        }
        let signed = self.profile.as_ref().and_then(|profile| profile.key_statement.as_ref());
        let mut is_changing = false;
        if let Some(signed) = signed {
            self.believe(signed, &[], context).await?;
            let key = EncryptionKey::from_bytes(signed.statement.encryption_key)?;
            is_changing = !sealed_for_others(&self.session, &key).await?.is_empty();
        }
        let known = Known {
            wallet: self.wallet.account(),
            profile_id: self.profile.as_ref().map(|profile| profile.id),
            statement: signed.map(|signed| &signed.statement),
            is_changing,
        };
        for holding in holdings {
            match known.verdict(&holding) {
                Verdict::OfNoUse => judged.of_no_use.push(holding),
                Verdict::HersToSay(reason) => judged.hers_to_say.push(Undeleted { holding, reason }),
                Verdict::Stays(Stays::Named) => {}
                Verdict::Stays(Stays::KeyIsChanging) => {
                    let reason = "a change of the key is not finished: `idos profile change-key --resume`";
                    judged.kept.push(Undeleted { holding, reason: reason.into() });
                }
            }
        }
        Ok(judged)
    }

    /// The profiles of this folder's other wallets. Their sessions are not kept.
    async fn profiles_of_others(&self, context: &mut Context<'_>) -> Result<Vec<(Account, Uuid)>> {
        let is_other = |wallet: &SigningWallet| wallet.account() != self.wallet.account();
        let mut found = Vec::new();
        for wallet in context.home.wallets()?.into_iter().filter(is_other) {
            let session = context.node()?.sign_in(&wallet, LOOKING_SECS, &mut context.rng).await?;
            let own = self.profile.as_ref().map(|profile| profile.id);
            let profile = session.profile().await?.filter(|profile| Some(profile.id) != own);
            found.extend(profile.map(|profile| (wallet.account(), profile.id)));
        }
        Ok(found)
    }

    async fn delete_holdings(&self, holdings: Vec<KeyHolding>, context: &mut Context<'_>) -> Result<Cleaned> {
        let mut cleaned = Cleaned::default();
        for holding in holdings {
            match self.delete_holding(&holding, context).await {
                Ok(()) => {
                    context.home.forget_key_holding(&holding)?;
                    cleaned.deleted.push(holding);
                }
                Err(error) => cleaned.left.push(Undeleted { holding, reason: format!("{error:#}") }),
            }
        }
        if !cleaned.left.is_empty() {
            context.output.note(
                "some nodes still hold shares that are of no use to you, and whoever may ask there still gets their key: run `idos key clean` when they answer",
            );
        }
        Ok(cleaned)
    }
}
