//! `idos share`, `idos extend`, `idos revoke`: what an owner does with a consumer.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use idos_api::{
    grants::{Grant, GrantState},
    node::ContractKind,
};
use idos_client::{
    Session, Signer,
    chain::{AccessGrants, Chain, Mined, SignedCall},
    encryption,
    owner::{self, Copied, Described, Opening, Recipient},
    session::GrantsFilter,
};
use idos_credentials::WebDid;
use idos_grants::{Account, ChainId, DataId};
use idos_wallets::GrantCall;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{credential::read_json, duration::Until, issuers::keys_of_sites};
use crate::{
    clock,
    context::{Context, SignedIn},
};

const LOOK_EVERY: Duration = Duration::from_millis(100);
const WAIT_SECS: u64 = 300;
/// How long what was signed may be sent.
pub const SIGNED_SECS: u64 = 60 * 60;

#[derive(Debug, Args)]
pub struct ShareArgs {
    /// The credential
    data_id: DataId,
    /// The consumer's profile: the copy is encrypted for its key
    #[arg(long)]
    with: Uuid,
    /// The consumer's account: the grant is to it, and it must have stated the profile's key, at the node or in --key-statement
    #[arg(long)]
    grantee: Account,
    /// What the consumer's `idos profile key-statement` printed, if another wallet of it than the grantee stated its key at the node
    #[arg(long, value_name = "FILE")]
    key_statement: Option<PathBuf>,
    /// The credential's issuer, where it is named by a web site, which is then asked for its keys
    #[arg(long = "issuer", value_name = "did:web:…")]
    sites: Vec<WebDid>,
    /// Go on with a copy that an earlier attempt stored, and did not grant: `idos credential list` shows them
    #[arg(long)]
    copy: Option<DataId>,
    /// Neither revoke nor delete until then: a span like 30d, or Unix seconds
    #[arg(long)]
    lock: Option<Until>,
    #[command(flatten)]
    chain: ChainArgs,
}

#[derive(Debug, Args)]
pub struct RevokeArgs {
    /// The copy that was granted
    data_id: DataId,
    /// To whom
    #[arg(long)]
    grantee: Account,
    #[command(flatten)]
    chain: ChainArgs,
}

#[derive(Debug, Args)]
pub struct ExtendArgs {
    /// The copy that was granted
    data_id: DataId,
    /// To whom
    #[arg(long)]
    grantee: Account,
    /// The new end of the lock
    #[arg(long)]
    lock: Until,
    #[command(flatten)]
    chain: ChainArgs,
}

#[derive(Debug, Args)]
pub struct ChainArgs {
    /// The access-grants contract (default: the one that the node follows)
    #[arg(long)]
    contract: Option<Account>,
    /// What to wait for at the node
    #[arg(long, value_enum, default_value = "seen")]
    pub wait: Wait,
    /// Only sign it, for somebody else to send within an hour: `idos grants relay`
    #[arg(long)]
    sign_only: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Wait {
    /// Nothing: return once the transaction is mined
    Mined,
    /// The node has seen it: a revocation is in force
    Seen,
    /// The block is final: a grant is in force
    Final,
}

pub async fn share(args: ShareArgs, context: &mut Context<'_>) -> Result<()> {
    let signed_in = context.signed_in().await?;
    let verbs = Verbs::on(args.grantee.chain(), &args.chain, context).await?;
    let recipient = recipient(&args, &signed_in, context).await?;
    let locked_until = verbs.until(args.lock).await?;
    let (data_id, of) = match args.copy {
        Some(copy) => {
            owner::check_stored_copy(&signed_in.session, copy, args.data_id, &recipient).await?;
            (copy, None)
        }
        None => {
            let Copied { copy, of } = store_copy(&args, &recipient, &signed_in, context).await?;
            (copy.data_id, Some(of))
        }
    };
    let mut result = json!({"data_id": data_id, "of": of, "locked_until": locked_until});
    let go_on = || {
        let ShareArgs { data_id: original, with, grantee, .. } = &args;
        format!(
            "the copy is stored, and not granted: go on with `idos share {original} --with {with} --grantee {grantee} --copy {data_id}`"
        )
    };
    let call = GrantCall::CreateGrant { grantee: args.grantee, data_id, locked_until };
    let granted = verbs.grant(&call, &args.chain, &signed_in.session, context, &mut result).await;
    granted.with_context(go_on)?;
    context.output.result(&result, || match result.get("signed_call") {
        // What is signed is itself what is handed over.
        Some(signed) => serde_json::to_string_pretty(signed).unwrap_or_default(),
        None => {
            let what = of.as_ref().map(|of| format!(" of {}", described(of))).unwrap_or_default();
            format!("copy {data_id}{what} is granted to {}", args.grantee)
        }
    })
}

/// The consumer's key, as its own wallet stated it.
async fn recipient(args: &ShareArgs, signed_in: &SignedIn, context: &Context<'_>) -> Result<Recipient> {
    let handed_over = args.key_statement.as_ref().map(|path| read_json(path)).transpose()?;
    let (session, grantee) = (&signed_in.session, [args.grantee]);
    let key = encryption::of_profile(session, args.with, &grantee, handed_over.as_slice(), context).await?;
    Ok(Recipient { key, profile_id: Some(args.with) })
}

async fn store_copy(
    args: &ShareArgs,
    recipient: &Recipient,
    signed_in: &SignedIn,
    context: &mut Context<'_>,
) -> Result<Copied> {
    let secrets = signed_in.secrets(context).await?;
    let known_keys = keys_of_sites(&args.sites).await?;
    let opening = Opening { secrets: &secrets, known_keys: &known_keys };
    let (session, rng) = (&signed_in.session, &mut context.rng);
    Ok(owner::store_copy_for(session, args.data_id, &opening, recipient, rng).await?)
}

/// What was sealed, for people.
pub fn described(of: &Described) -> String {
    let types: Vec<_> = of.types.iter().filter(|name| *name != "VerifiableCredential").cloned().collect();
    format!("{} by {}", types.join(" "), of.issuer)
}

pub async fn extend(args: ExtendArgs, context: &mut Context<'_>) -> Result<()> {
    let signed_in = context.signed_in().await?;
    let verbs = Verbs::on(args.grantee.chain(), &args.chain, context).await?;
    let locked_until = verbs.until(Some(args.lock)).await?;
    let call = GrantCall::ExtendTimelock { grantee: args.grantee, data_id: args.data_id, locked_until };
    match verbs.call(&call, &args.chain, standing(args.chain.wait), &signed_in.session, context).await? {
        Called::Signed(signed) => show_signed(&signed, context),
        Called::Mined(Mined { transaction, block }) => {
            let result = json!({"locked_until": locked_until, "transaction": transaction, "block": block});
            context.output.result(&result, || format!("locked until {locked_until}"))
        }
    }
}

pub async fn revoke(args: RevokeArgs, context: &mut Context<'_>) -> Result<()> {
    let signed_in = context.signed_in().await?;
    let verbs = Verbs::on(args.grantee.chain(), &args.chain, context).await?;
    let call = GrantCall::RevokeGrant { grantee: args.grantee, data_id: args.data_id };
    let ended: &[GrantState] = if args.chain.wait == Wait::Mined { &[] } else { &[GrantState::Revoked] };
    match verbs.call(&call, &args.chain, ended, &signed_in.session, context).await? {
        Called::Signed(signed) => show_signed(&signed, context),
        Called::Mined(mined) => {
            context.output.result(&mined, || format!("revoked in transaction {}", mined.transaction))
        }
    }
}

// What is signed is itself what is handed over, so it is JSON for people too.
pub fn show_signed(signed: &SignedCall, context: &Context<'_>) -> Result<()> {
    context
        .output
        .result(&json!({"signed_call": signed}), || serde_json::to_string_pretty(signed).unwrap_or_default())
}

/// What became of a verb.
enum Called {
    /// It is for somebody else to send.
    Signed(SignedCall),
    /// It is on chain.
    Mined(Mined),
}

/// The verbs of a contract, by the wallet of this folder that is on its chain.
pub struct Verbs {
    owner: Account,
    chain: Box<dyn Chain>,
    grants: Box<dyn AccessGrants>,
}

impl Verbs {
    pub async fn on(chain: ChainId, args: &ChainArgs, context: &Context<'_>) -> Result<Self> {
        let wallet = context.wallet_on(chain)?;
        let owner = wallet.account_on(chain).context("this wallet is nobody on that chain")?;
        let contract = context.contract(args.contract, ContractKind::AccessGrants, chain).await?;
        let chain = context.chain_with(&wallet, chain).await?;
        let grants = chain.access_grants(&contract)?;
        Ok(Self { owner, chain, grants })
    }

    /// Signs or sends a grant, unless it stands by the chain itself, and adds to `result` what was signed or sent.
    pub async fn grant(
        &self,
        call: &GrantCall,
        args: &ChainArgs,
        session: &Session,
        context: &mut Context<'_>,
        result: &mut Value,
    ) -> Result<()> {
        if self.grants.has_access(&self.owner, call.grantee(), call.data_id()).await? {
            return Ok(());
        }
        match self.call(call, args, standing(args.wait), session, context).await? {
            Called::Signed(signed) => result["signed_call"] = json!(signed),
            Called::Mined(Mined { transaction, block }) => {
                result["transaction"] = transaction.into();
                result["block"] = block.into();
            }
        }
        Ok(())
    }

    /// Signs a verb, or sends it and waits until the node shows the grant in one of `states`.
    async fn call(
        &self,
        call: &GrantCall,
        args: &ChainArgs,
        states: &[GrantState],
        session: &Session,
        context: &mut Context<'_>,
    ) -> Result<Called> {
        if args.sign_only {
            return Ok(Called::Signed(self.grants.sign(call, SIGNED_SECS, &mut context.rng).await?));
        }
        let mined = self.grants.send(call).await?;
        let locked_until = match call {
            GrantCall::ExtendTimelock { locked_until, .. } => *locked_until,
            _ => 0,
        };
        let target =
            Target { owner: self.owner, grantee: *call.grantee(), data_id: call.data_id(), locked_until };
        wait(session, &target, states, context).await?;
        Ok(Called::Mined(mined))
    }

    /// Spans count from the later of this clock and the chain's, so that a lock never ends earlier than was said.
    pub async fn until(&self, lock: Option<Until>) -> Result<u64> {
        let Some(lock) = lock else { return Ok(0) };
        Ok(lock.counted_from(clock::now().max(self.chain.now().await?)))
    }
}

/// The states of a grant that a wait is for.
fn standing(wait: Wait) -> &'static [GrantState] {
    match wait {
        Wait::Mined => &[],
        Wait::Seen => &[GrantState::Pending, GrantState::Final],
        Wait::Final => &[GrantState::Final],
    }
}

struct Target {
    owner: Account,
    grantee: Account,
    data_id: DataId,
    /// Through this second at least.
    locked_until: u64,
}

/// Waits until the node mirrors the grant in one of `states`; for none, not at all.
async fn wait(
    session: &Session,
    target: &Target,
    states: &[GrantState],
    context: &Context<'_>,
) -> Result<()> {
    if states.is_empty() {
        return Ok(());
    }
    let bar = context.output.waiting("waiting for the node to see it");
    let filter = GrantsFilter {
        owner: Some(target.owner),
        grantee: Some(target.grantee),
        data_id: Some(target.data_id),
    };
    let deadline = clock::now() + WAIT_SECS;
    while clock::now() < deadline {
        let page = session.grants(&filter, None).await?;
        let is_it =
            |grant: &Grant| states.contains(&grant.state) && grant.locked_until >= target.locked_until;
        if page.grants.iter().any(is_it) {
            bar.finish_and_clear();
            return Ok(());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    bail!(
        "it is on chain, but the node has not seen it in {WAIT_SECS} s: is the node following this contract?"
    )
}
