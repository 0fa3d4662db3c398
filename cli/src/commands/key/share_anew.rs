//! `idos key change-to-mpc` of a key that is shared already: the same key among other nodes, or among the same ones in another order, which is another set. Nothing
//! has to be sealed anew. The old shares count until the new statement does, and are deleted then.

use anyhow::Result;
use idos_api::profiles::SignedKeyStatement;
use idos_client::{
    encryption::{KeyOrigin, remember_own, state_from},
    key_shares::{CreatedKey, Listen, RecoveredKey},
};
use idos_wallets::NodeSet;
use serde_json::json;

use super::{StatementToBe, hosts, others};
use crate::{
    clock,
    context::{Context, SignedIn},
};

pub(super) async fn run(
    signed_in: &SignedIn,
    signed: &SignedKeyStatement,
    context: &mut Context<'_>,
) -> Result<()> {
    signed_in.delete_unused_shares(context).await?;
    // All are heard, for as many as are required have to name a wallet for it to be let in again.
    let recovered = signed_in.recover(&[], Listen::ToAll, context).await?;
    signed_in.note_present_holding(context).await?;
    let created = share(signed_in, signed, &recovered, context).await?;
    let not_again = &recovered.doubtful_wallets;
    state(signed_in, signed, &created, context).await?;
    // By the new statement.
    context.signed_in().await?.delete_unused_shares(context).await?;
    let value = json!({
        "nodes": created.node_set,
        "encryption_key": created.secret.public(),
        "wallets": recovered.wallets,
        "wallets_left_out": not_again,
    });
    context.output.result(&value, || {
        let left_out: String = not_again
            .iter()
            .map(|wallet| format!("\n{wallet} was named by some nodes only and cannot bring it back: `idos key add-wallet` if it is to"))
            .collect();
        format!("the same key is shared anew among {}{left_out}", hosts(&created.node_set))
    })
}

async fn share(
    signed_in: &SignedIn,
    signed: &SignedKeyStatement,
    recovered: &RecoveredKey,
    context: &mut Context<'_>,
) -> Result<CreatedKey> {
    let nodes = context.key_nodes().await?;
    let (wallet, profile_id) = (&signed_in.wallet, signed.statement.profile_id);
    let home = context.home.clone();
    let to_be = StatementToBe::after(Some(signed), profile_id);
    let before = |set: &NodeSet| to_be.note_holding(wallet, set, &home);
    let created = nodes.share_anew(wallet, profile_id, recovered, before, &mut context.rng).await?;
    to_be.note_stored(wallet, &created, &home)?;
    others::let_in(wallet, &recovered.wallets, profile_id, &created, context).await?;
    Ok(created)
}

async fn state(
    signed_in: &SignedIn,
    signed: &SignedKeyStatement,
    created: &CreatedKey,
    context: &Context<'_>,
) -> Result<()> {
    let (key, origin) = (created.secret.public(), KeyOrigin::Shared(created.shared));
    let (profile_id, version) = (signed.statement.profile_id, signed.statement.version.saturating_add(1));
    let next = state_from(&signed_in.wallet, profile_id, &key, origin, version, clock::now())?;
    let next = SignedKeyStatement { node_set: Some(created.node_set.clone()), ..next };
    signed_in.session.put_key_statement(&next).await?;
    remember_own(signed_in.session.node().memory(), &next)?;
    context.home.remember_node_set(&created.node_set)
}
