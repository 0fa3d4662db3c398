//! `idos key …`: the encryption key that is shared among nodes.

mod nodes;
mod others;
mod share_anew;

use anyhow::{Result, bail};
use clap::Subcommand;
use idos_api::profiles::{NewProfile, Profile, SignedKeyStatement};
use idos_client::{
    ClientError, Signer, SigningWallet,
    encryption::{KeyOrigin, remember_own, state_from},
    key_shares::{CreatedKey, KeyOfProfile, KeyShareNodes, Listen, NodeOutcome, NodeReport},
    owner::sealed_for_others,
};
use idos_grants::Account;
use idos_keys::EncryptionKey;
use idos_wallets::NodeSet;
use serde_json::json;
use uuid::Uuid;

use super::profile;
use crate::{
    clock,
    context::{Context, SignedIn},
    home::Home,
    key_holdings::{Cleaned, KeyHolding, Undeleted},
};

#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make your key and share it among nodes; makes your profile if you have none
    Create,
    /// Bring your key back from the nodes, and say what each did
    Recover {
        /// A wallet of yours that is not in this folder, whose statement of the key is to be believed from now on
        #[arg(long, value_name = "ACCOUNT")]
        stated_by: Option<Account>,
    },
    /// Let another wallet bring your key back
    AddWallet {
        /// As `idos wallet show` names it
        account: Account,
    },
    /// Let a wallet bring your key back no more
    RemoveWallet {
        /// As `idos key recover` names it
        account: Account,
    },
    /// Give every node a new share of the same key, so that shares stolen before are worth nothing
    Refresh,
    /// Who asked the nodes for your key, and when
    Audit,
    /// Delete shares that this folder stored and that are of no use any more, and name those that may be
    Clean {
        /// Delete those that may be of use, too: nobody can bring back what is sealed for their keys
        #[arg(long)]
        yes: bool,
    },
    /// Ask nodes who they are, and name them as the set that is to share your key
    Nodes(nodes::NodesArgs),
    /// Change to a key that follows from a password; the nodes' shares are deleted
    ChangeToPassword,
    /// Change to a key that is shared among nodes; if it is already, share the same key anew, among the nodes that are named
    ChangeToMpc,
}

pub async fn run(command: KeyCommand, context: &mut Context<'_>) -> Result<()> {
    match command {
        KeyCommand::Create => create(context).await,
        KeyCommand::Recover { stated_by } => recover(stated_by, context).await,
        KeyCommand::AddWallet { account } => {
            let signed_in = context.signed_in().await?;
            let wallets = add_wallet(&signed_in, account, context).await?;
            told_wallets(&wallets, context, &format!("{account} can bring your key back; all that can:"))
        }
        KeyCommand::RemoveWallet { account } => {
            let signed_in = context.signed_in().await?;
            let wallets = remove_wallet(&signed_in, account, context).await?;
            told_removed(account, &wallets, &signed_in, context)
        }
        KeyCommand::Refresh => refresh(context).await,
        KeyCommand::Audit => audit(context).await,
        KeyCommand::Clean { yes } => clean(yes, context).await,
        KeyCommand::Nodes(args) => nodes::run(args, context).await,
        KeyCommand::ChangeToPassword => profile::change_key_to(profile::KeySource::Password, context).await,
        KeyCommand::ChangeToMpc => change_to_mpc(context).await,
    }
}

fn told_wallets(wallets: &[Account], context: &Context<'_>, what: &str) -> Result<()> {
    context.output.result(&json!({"wallets": wallets}), || format!("{what}\n{}", listed(wallets)))
}

/// Whoever found a lost wallet gets no key of the nodes any more, and is let in by the store as long as it is linked.
fn told_removed(
    account: Account,
    wallets: &[Account],
    signed_in: &SignedIn,
    context: &Context<'_>,
) -> Result<()> {
    let linked = others::linked(signed_in.profile()?, &account);
    context.output.result(&json!({"wallets": wallets, "still_linked": linked}), || {
        let advice = linked.map(|wallet| {
            format!("\nIt is still linked to your profile, and whoever has it can sign in there: `idos profile unlink-wallet {wallet}`")
        });
        format!(
            "{account} cannot bring your key back any more; all that can:\n{}{}",
            listed(wallets),
            advice.unwrap_or_default()
        )
    })
}

/// Lets a wallet bring the key back.
pub async fn add_wallet(
    signed_in: &SignedIn,
    account: Account,
    context: &Context<'_>,
) -> Result<Vec<Account>> {
    let (nodes, key) = shared_key(signed_in, context).await?;
    let mut rng = context.rng;
    Ok(nodes.add_wallet(&signed_in.wallet, &key, account, &mut rng).await?)
}

/// Lets a wallet bring the key back no more.
pub async fn remove_wallet(
    signed_in: &SignedIn,
    account: Account,
    context: &Context<'_>,
) -> Result<Vec<Account>> {
    let (nodes, key) = shared_key(signed_in, context).await?;
    let mut rng = context.rng;
    Ok(nodes.remove_wallet(&signed_in.wallet, &key, account, &mut rng).await?)
}

fn stated(signed_in: &SignedIn) -> Result<&SignedKeyStatement> {
    let signed = signed_in.profile()?.key_statement.as_ref();
    Ok(signed.ok_or(ClientError::NoEncryptionKey)?)
}

async fn shared_key(signed_in: &SignedIn, context: &Context<'_>) -> Result<(KeyShareNodes, KeyOfProfile)> {
    let signed = stated(signed_in)?;
    let key = KeyOfProfile::stated(&signed.statement)?;
    Ok((context.key_nodes_of(&key.shared, signed.node_set.as_ref()).await?, key))
}

/// The key statement that is to name a key.
#[derive(Debug, Clone, Copy)]
pub struct StatementToBe {
    /// Of which profile.
    pub profile_id: Uuid,
    /// Which version.
    pub version: u32,
    /// Until when an issuer may bring it to the store, in Unix seconds; 0 if nobody may.
    pub named_until: u64,
}

impl StatementToBe {
    /// The next one of a profile, or its first.
    pub fn after(present: Option<&SignedKeyStatement>, profile_id: Uuid) -> Self {
        let version = present.map_or(0, |present| present.statement.version).saturating_add(1);
        Self { profile_id, version, named_until: 0 }
    }

    fn holding(&self, wallet: &SigningWallet, set: &NodeSet) -> KeyHolding {
        let holding = KeyHolding::new(self.profile_id, wallet.account(), set.clone(), self.version);
        KeyHolding { named_until: self.named_until, ..holding }
    }

    /// Before shares are sent. What is known to be stored there is in the way, so it stays as it was written down.
    fn note_holding(&self, wallet: &SigningWallet, set: &NodeSet, home: &Home) -> Result<(), ClientError> {
        let holding = self.holding(wallet, set);
        let is_stored = |kept: &KeyHolding| kept.is(&holding) && kept.encryption_key.is_some();
        let note = || match home.key_holdings()?.iter().any(is_stored) {
            true => Ok(()),
            false => home.keep_key_holding(holding.clone()),
        };
        note().map_err(|error: anyhow::Error| ClientError::Input(format!("{error:#}")))
    }

    /// After every node has its share.
    fn note_stored(&self, wallet: &SigningWallet, created: &CreatedKey, home: &Home) -> Result<()> {
        let encryption_key = Some(created.secret.public());
        let holding = self.holding(wallet, &created.node_set);
        home.keep_key_holding(KeyHolding { encryption_key, ..holding })
    }
}

/// A new key, shared among nodes, that the wallets of this folder bring back which are linked to its profile, if there is one yet.
pub async fn share_new(
    wallet: &SigningWallet,
    to_be: StatementToBe,
    profile: Option<&Profile>,
    context: &mut Context<'_>,
) -> Result<CreatedKey> {
    let nodes = context.key_nodes().await?;
    let bar = context.output.waiting("sharing your key among the nodes");
    let home = context.home.clone();
    let before = |set: &NodeSet| to_be.note_holding(wallet, set, &home);
    let created = nodes.create(wallet, to_be.profile_id, before, &mut context.rng).await;
    bar.finish_and_clear();
    let created = created?;
    to_be.note_stored(wallet, &created, &home)?;
    home.remember_node_set(&created.node_set)?;
    if let Some(profile) = profile {
        let here = others::linked_here(profile, &home)?;
        others::let_in(wallet, &here, profile.id, &created, context).await?;
        others::tell_others(profile, &here, context);
    }
    Ok(created)
}

async fn create(context: &mut Context<'_>) -> Result<()> {
    let signed_in = context.signed_in().await?;
    let profile = signed_in.profile.as_ref();
    if profile.is_some_and(|profile| profile.key_statement.is_some()) {
        bail!("this profile has a key already: change it with `idos key change-to-mpc`");
    }
    let profile_id = profile.map_or_else(|| context.fresh_uuid(), |profile| profile.id);
    let cleaned = signed_in.delete_unused_shares(context).await?;
    if !cleaned.kept.is_empty() {
        context.output.note("this folder has stored shares of other keys, too: `idos key clean` names them");
    }
    let to_be = StatementToBe::after(None, profile_id);
    let created = share_new(&signed_in.wallet, to_be, profile, context).await?;
    let (key, origin) = (created.secret.public(), KeyOrigin::Shared(created.shared));
    let statement = state_from(&signed_in.wallet, profile_id, &key, origin, 1, clock::now())?;
    let node_set = created.node_set;
    let statement = SignedKeyStatement { node_set: Some(node_set.clone()), ..statement };
    let memory = signed_in.session.node().memory();
    let profile = match profile {
        Some(_) => {
            let profile = signed_in.session.put_key_statement(&statement).await?;
            remember_own(memory, &statement)?;
            profile
        }
        None => {
            // A profile of this id can have no other first statement, whatever comes of the request.
            remember_own(memory, &statement)?;
            let new = NewProfile { profile_id, key_statement: Some(statement) };
            signed_in.session.create_profile(&new).await?
        }
    };
    context.output.result(&profile, || {
        format!(
            "profile {profile_id}\nyour key is shared among {}; any {} of them bring it back to {}.\nAdd a backup wallet with `idos key add-wallet`: whoever loses every wallet loses the key.",
            hosts(&node_set),
            node_set.threshold(),
            signed_in.wallet.account(),
        )
    })
}

async fn recover(stated_by: Option<Account>, context: &mut Context<'_>) -> Result<()> {
    let signed_in = context.signed_in().await?;
    let recovered = signed_in.recover(stated_by.as_slice(), Listen::ToAll, context).await?;
    let value = json!({
        "encryption_key": recovered.secret.public(),
        "nodes": recovered.nodes,
        "wallets": recovered.wallets,
        "doubtful_wallets": recovered.doubtful_wallets,
    });
    context.output.result(&value, || {
        format!(
            "your key came back: {}\n{}\nwallets that can bring it back:\n{}{}",
            recovered.secret.public(),
            told(&recovered.nodes),
            listed(&recovered.wallets),
            doubtful(&recovered.doubtful_wallets)
        )
    })
}

async fn refresh(context: &mut Context<'_>) -> Result<()> {
    let signed_in = context.signed_in().await?;
    let (nodes, key) = shared_key(&signed_in, context).await?;
    let bar = context.output.waiting("refreshing the shares of your key");
    let refreshed = nodes.refresh(&signed_in.wallet, &key, &mut context.rng).await;
    bar.finish_and_clear();
    let refreshed = refreshed?;
    context.output.result(&refreshed, || {
        let what = if refreshed.resumed {
            "a refresh that was begun is finished"
        } else {
            "every node has a new share"
        };
        format!("{what}: epoch {}; the old shares are wiped", refreshed.epoch)
    })
}

async fn audit(context: &mut Context<'_>) -> Result<()> {
    let signed_in = context.signed_in().await?;
    let (nodes, key) = shared_key(&signed_in, context).await?;
    let audits = nodes.audit(&signed_in.wallet, &key, &mut context.rng).await?;
    let value: Vec<_> = audits.iter().map(|(node, audit)| json!({"node": node, "audit": audit})).collect();
    context.output.result(&value, || {
        let mut text = String::new();
        for (node, audit) in &audits {
            text.push_str(&told(std::slice::from_ref(node)));
            text.push('\n');
            let Some(audit) = audit else { continue };
            for line in &audit.lines {
                text.push_str(&format!("    {} {} by {}\n", line.at, line.operation, line.account));
            }
            for refused in &audit.refused {
                text.push_str(&format!(
                    "    {} tries in vain in the hour from {}\n",
                    refused.tries, refused.since
                ));
            }
        }
        text.trim_end().to_owned()
    })
}

async fn clean(yes: bool, context: &mut Context<'_>) -> Result<()> {
    let signed_in = context.signed_in().await?;
    let cleaned = match yes {
        true => signed_in.delete_doubtful_shares(context).await?,
        false => signed_in.delete_unused_shares(context).await?,
    };
    context.output.result(&cleaned, || told_cleaned(&cleaned))
}

fn told_cleaned(cleaned: &Cleaned) -> String {
    let undeleted = |all: &[Undeleted]| -> String {
        all.iter().map(|one| format!("\n  {}\n    {}", named(&one.holding), one.reason)).collect()
    };
    let deleted = cleaned.deleted.iter().map(|holding| format!("\n  {}", named(holding)));
    let mut text =
        format!("{} keys' shares are deleted{}", cleaned.deleted.len(), deleted.collect::<String>());
    if !cleaned.left.is_empty() {
        text.push_str(&format!("\nnot deleted everywhere:{}", undeleted(&cleaned.left)));
    }
    if !cleaned.kept.is_empty() {
        let advice = "kept, for they may be of use; delete those that cannot be with `idos key clean --yes`";
        text.push_str(&format!("\n{advice}:{}", undeleted(&cleaned.kept)));
    }
    text
}

/// What a holding is, to its owner.
fn named(holding: &KeyHolding) -> String {
    let KeyHolding { profile_id, stored_by, node_set, .. } = holding;
    let key = holding
        .encryption_key
        .map_or_else(|| "a key not stored everywhere".to_owned(), |key| format!("key {key}"));
    format!("profile {profile_id}, {key}, by {stored_by}, at {}", hosts(node_set))
}

async fn change_to_mpc(context: &mut Context<'_>) -> Result<()> {
    let signed_in = context.signed_in().await?;
    let signed = stated(&signed_in)?.clone();
    let key = EncryptionKey::from_bytes(signed.statement.encryption_key)?;
    let is_changing = !sealed_for_others(&signed_in.session, &key).await?.is_empty();
    match KeyOrigin::stated(&signed.statement)? {
        KeyOrigin::Shared(_) if !is_changing => share_anew::run(&signed_in, &signed, context).await,
        _ => profile::change_key_to(profile::KeySource::Mpc, context).await,
    }
}

fn hosts(set: &NodeSet) -> String {
    set.hosts().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn listed(wallets: &[Account]) -> String {
    wallets.iter().map(|wallet| format!("  {wallet}")).collect::<Vec<_>>().join("\n")
}

fn doubtful(wallets: &[Account]) -> String {
    if wallets.is_empty() {
        return String::new();
    }
    let advice = "named by some nodes only, which missed a change or lie (remove or add them again)";
    format!("\n{advice}:\n{}", listed(wallets))
}

fn told(nodes: &[NodeReport]) -> String {
    let line = |node: &NodeReport| {
        let outcome = match &node.outcome {
            NodeOutcome::Done => "good".to_owned(),
            NodeOutcome::Unneeded => "not needed".to_owned(),
            NodeOutcome::Refused { reason, .. } => format!("refused: {reason}"),
            NodeOutcome::Silent { reason } => format!("does not answer: {reason}"),
            NodeOutcome::Bad { reason } => format!("BAD: {reason}"),
        };
        format!("  node {} {}: {outcome}", node.index, node.host)
    };
    nodes.iter().map(line).collect::<Vec<_>>().join("\n")
}
