//! `idos consent`: one signature that lets an issuer store one credential.

use anyhow::Result;
use clap::Args;
use idos_api::node::ContractKind;
use idos_client::{
    chain::last_block,
    owner::{self, ConsentTerms},
};
use idos_credentials::IssuerDid;
use idos_grants::{Account, Namespace};
use idos_wallets::{GrantCall, WriteGrant};

use super::{duration::Until, profile::key_statement};
use crate::{clock, context::Context};

#[derive(Debug, Args)]
pub struct ConsentArgs {
    /// The issuer's signing key, as did:key
    #[arg(long)]
    issuer: IssuerDid,
    /// The issuer's account, as CAIP-10
    #[arg(long)]
    issuer_account: Account,
    /// Until when the issuer may use it
    #[arg(long, default_value = "1h")]
    valid: Until,
    /// Timelock of the issuer's own grant
    #[arg(long)]
    lock: Option<Until>,
    /// The access-grants contract (default: the one that the node follows)
    #[arg(long)]
    contract: Option<Account>,
}

pub async fn run(args: ConsentArgs, context: &mut Context<'_>) -> Result<()> {
    let signed_in = context.signed_in().await?;
    let chain = args.issuer_account.chain();
    let wallet = context.wallet_on(chain)?;
    let now = clock::now();
    let not_after = args.valid.counted_from(now);
    let connected = context.chain_with(&wallet, chain).await?;
    let nonce = connected.write_grant_nonce(not_after.saturating_sub(now), &mut context.rng).await?;
    let terms = ConsentTerms {
        contract: context.contract(args.contract, ContractKind::AccessGrants, chain).await?,
        issuer_account: args.issuer_account,
        issuer: args.issuer,
        // The chain's clock may be behind this one, and its contract goes by its own.
        not_before: now.min(connected.now().await?),
        not_after,
        locked_until: args.lock.map_or(0, |lock| lock.counted_from(now)),
        nonce,
    };
    let mut consent = owner::consent(&wallet, signed_in.profile()?.id, &terms, &mut context.rng)?;
    consent.key_statement = key_statement::by_another(&wallet, &signed_in, context).await?;
    if consent.key_statement.is_some() {
        context.output.note(
            "This wallet is not the one that stated your encryption key at the node: it has signed a second message, which states the same key, so that the \
             issuer knows it to be yours.",
        );
    }
    if chain.namespace() == Namespace::Near {
        let grants = connected.access_grants(&terms.contract)?;
        let WriteGrant { grantee, data_id, locked_until, .. } = consent.write_grant.write_grant;
        let call = GrantCall::CreateGrant { grantee, data_id, locked_until };
        let signed = grants.sign(&call, not_after.saturating_sub(now), &mut context.rng).await?;
        let until = last_block(&signed).unwrap_or_default();
        context.output.note(&format!(
            "The issuer's grant is signed as a NEAR call of its own. It can be sent until block {until}, and only as long as you sign nothing else with \
             this access key: have the issuer use it soon. Until then nothing but the key's next signature takes it back."
        ));
        consent.grant_call = Some(signed);
    }
    // The consent is itself what is handed over, so it is JSON for people too.
    context.output.result(&consent, || serde_json::to_string_pretty(&consent).unwrap_or_default())
}
