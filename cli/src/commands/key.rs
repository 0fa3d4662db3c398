//! `idos key …`: the encryption key that is shared among nodes.

use anyhow::{Result, bail};
use clap::Subcommand;
use idos_api::profiles::{NewProfile, SignedKeyStatement};
use idos_client::{
    Signer, SigningWallet,
    encryption::{KeyOrigin, remember_own, state_from},
    key_shares::{CreatedKey, KeyOfProfile, KeyShareNodes, Leftovers, Listen, NodeOutcome, NodeReport},
};
use idos_grants::Account;
use idos_wallets::{NodeSet, SharedKey};
use serde_json::json;
use uuid::Uuid;

use super::profile;
use crate::{
    clock,
    context::{Context, SignedIn},
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
            context.output.result(&json!({"wallets": wallets}), || {
                format!("{account} can bring your key back; so can:\n{}", listed(&wallets))
            })
        }
        KeyCommand::RemoveWallet { account } => {
            let signed_in = context.signed_in().await?;
            let wallets = remove_wallet(&signed_in, account, context).await?;
            context.output.result(&json!({"wallets": wallets}), || {
                format!("{account} cannot bring your key back any more; these can:\n{}", listed(&wallets))
            })
        }
        KeyCommand::Refresh => refresh(context).await,
        KeyCommand::Audit => audit(context).await,
        KeyCommand::ChangeToPassword => profile::change_key_to(profile::KeySource::Password, context).await,
        KeyCommand::ChangeToMpc => change_to_mpc(context).await,
    }
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
    Ok(signed.ok_or(idos_client::ClientError::NoEncryptionKey)?)
}

async fn shared_key(signed_in: &SignedIn, context: &Context<'_>) -> Result<(KeyShareNodes, KeyOfProfile)> {
    let signed = stated(signed_in)?;
    let key = KeyOfProfile::stated(&signed.statement)?;
    Ok((context.key_nodes_of(&key.shared, signed.node_set.as_ref()).await?, key))
}

/// A new key, shared among nodes, for a profile whose key no statement names yet: whatever an interrupted attempt left there is of no use.
pub async fn share_new(
    wallet: &SigningWallet,
    profile_id: Uuid,
    context: &mut Context<'_>,
) -> Result<CreatedKey> {
    let nodes = context.key_nodes().await?;
    let bar = context.output.waiting("sharing your key among the nodes");
    let created = nodes.create(wallet, profile_id, Leftovers::Delete, &mut context.rng).await;
    bar.finish_and_clear();
    let created = created?;
    context.home.remember_node_set(&created.node_set)?;
    Ok(created)
}

async fn create(context: &mut Context<'_>) -> Result<()> {
    let signed_in = context.signed_in().await?;
    let profile = signed_in.profile.as_ref();
    if profile.is_some_and(|profile| profile.key_statement.is_some()) {
        bail!("this profile has a key already: change it with `idos key change-to-mpc`");
    }
    let profile_id = profile.map_or_else(|| context.fresh_uuid(), |profile| profile.id);
    let created = share_new(&signed_in.wallet, profile_id, context).await?;
    let (key, origin) = (created.secret.public(), KeyOrigin::Shared(created.shared));
    let statement = state_from(&signed_in.wallet, profile_id, &key, origin, 1, clock::now())?;
    let node_set = created.node_set;
    let statement = SignedKeyStatement { node_set: Some(node_set.clone()), ..statement };
    let profile = match profile {
        Some(_) => signed_in.session.put_key_statement(&statement).await?,
        None => {
            let new = NewProfile { profile_id, key_statement: Some(statement.clone()) };
            signed_in.session.create_profile(&new).await?
        }
    };
    remember_own(signed_in.session.node().memory(), &statement)?;
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
    });
    context.output.result(&value, || {
        format!(
            "your key came back: {}\n{}\nwallets that can bring it back:\n{}",
            recovered.secret.public(),
            told(&recovered.nodes),
            listed(&recovered.wallets)
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

async fn change_to_mpc(context: &mut Context<'_>) -> Result<()> {
    let signed_in = context.signed_in().await?;
    let signed = stated(&signed_in)?.clone();
    match KeyOrigin::stated(&signed.statement)? {
        KeyOrigin::Shared(old) => share_anew(&signed_in, &signed, old, context).await,
        _ => profile::change_key_to(profile::KeySource::Mpc, context).await,
    }
}

/// The same key among other nodes, or among the same ones in another order, which is another set: nothing has to be sealed anew. The old shares count
/// until the new statement does, and are deleted then.
async fn share_anew(
    signed_in: &SignedIn,
    signed: &SignedKeyStatement,
    old: SharedKey,
    context: &mut Context<'_>,
) -> Result<()> {
    let statement = &signed.statement;
    let recovered = signed_in.recover(&[], Listen::UntilFound, context).await?;
    let old_nodes = context.key_nodes_of(&old, signed.node_set.as_ref()).await?;
    let mut nodes = context.key_nodes().await?;
    if old.is_among(nodes.set()) {
        nodes = KeyShareNodes::new(turned(nodes.set())?, &(std::sync::Arc::new(clock::now) as _))?;
    }
    let created = nodes
        .share_anew(&signed_in.wallet, statement.profile_id, &recovered, Leftovers::Delete, &mut context.rng)
        .await?;
    for wallet in &recovered.wallets {
        if *wallet != signed_in.wallet.account() {
            let key = KeyOfProfile {
                profile_id: statement.profile_id,
                stored_by: signed_in.wallet.account(),
                encryption_key: created.secret.public(),
                shared: created.shared,
            };
            nodes.add_wallet(&signed_in.wallet, &key, *wallet, &mut context.rng).await?;
        }
    }
    context.home.remember_node_set(nodes.set())?;
    let (key, origin) = (created.secret.public(), KeyOrigin::Shared(created.shared));
    let version = statement.version.saturating_add(1);
    let next = state_from(&signed_in.wallet, statement.profile_id, &key, origin, version, clock::now())?;
    let next = SignedKeyStatement { node_set: Some(nodes.set().clone()), ..next };
    signed_in.session.put_key_statement(&next).await?;
    remember_own(signed_in.session.node().memory(), &next)?;
    if let Err(error) =
        old_nodes.delete(&signed_in.wallet, &KeyOfProfile::stated(statement)?, &mut context.rng).await
    {
        context.output.note(&format!("the old shares are not deleted everywhere, and of no use: {error}"));
    }
    context.output.result(&json!({"nodes": nodes.set(), "encryption_key": key}), || {
        format!("the same key is shared anew among {}", hosts(nodes.set()))
    })
}

/// The same nodes, the first one last.
fn turned(set: &NodeSet) -> Result<NodeSet> {
    let mut nodes = set.nodes().to_vec();
    nodes.rotate_left(1);
    Ok(NodeSet::new(set.threshold(), nodes)?)
}

fn hosts(set: &NodeSet) -> String {
    set.hosts().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn listed(wallets: &[Account]) -> String {
    wallets.iter().map(|wallet| format!("  {wallet}")).collect::<Vec<_>>().join("\n")
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
