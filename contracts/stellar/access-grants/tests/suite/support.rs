//! Calls by name.

use access_grants::{AccessGrants, AccessGrantsClient, GrantRef, NewGrant};
use idos_stellar_protocol::{Account, KeyProof, Refusal};
use idos_stellar_testing::{Key, text::Text, world::name};
pub use idos_stellar_testing::{World, world::NOW};
use soroban_sdk::{
    Vec,
    testutils::Events as _,
    xdr::{ContractEventBody, ScVal},
};

pub const NAME: &str = "AccessGrants";

pub fn world() -> World {
    World::new(NAME, |env, id| {
        env.register_at(id, AccessGrants, ());
    })
}

pub fn client(world: &World) -> AccessGrantsClient<'_> {
    AccessGrantsClient::new(&world.env, &world.id)
}

/// How a call ended: a refusal of the network itself, which has no number here, is `None`.
pub type Done = Result<(), Option<Refusal>>;

pub fn done<T, U>(result: Result<Result<(), T>, Result<Refusal, U>>) -> Done {
    match result {
        Ok(_) => Ok(()),
        Err(Ok(error)) => Err(Some(error)),
        Err(Err(_)) => Err(None),
    }
}

/// The verbs, by a native owner who authorizes exactly this call, or by a bare key with its proof.
pub trait Verbs {
    fn create(&self, owner: &Account, grantee: &Account, id: u8, locked_until: u64) -> Done;
    fn extend(&self, owner: &Account, grantee: &Account, id: u8, locked_until: u64) -> Done;
    fn revoke(&self, owner: &Account, grantee: &Account, id: u8) -> Done;
    fn create_all(&self, owner: &Account, grants: &[(&Account, u8, u64)]) -> Done;
    fn revoke_all(&self, owner: &Account, grants: &[(&Account, u8)]) -> Done;
    /// `created_at` and `locked_until`.
    fn grant_of(&self, owner: &Account, grantee: &Account, id: u8) -> Option<(u64, u64)>;
    fn head(&self) -> [u8; 32];
    /// Names and data of the last call's events.
    fn events(&self) -> std::vec::Vec<(String, ScVal)>;
}

impl Verbs for World {
    fn create(&self, owner: &Account, grantee: &Account, id: u8, locked_until: u64) -> Done {
        let it = client(self);
        let data_id = self.bytes(id);
        authorized(self, owner, || {
            done(it.try_create_grant(owner, grantee, &data_id, &locked_until, &None::<KeyProof>))
        })
    }

    fn extend(&self, owner: &Account, grantee: &Account, id: u8, locked_until: u64) -> Done {
        let it = client(self);
        let data_id = self.bytes(id);
        authorized(self, owner, || {
            done(it.try_extend_timelock(owner, grantee, &data_id, &locked_until, &None::<KeyProof>))
        })
    }

    fn revoke(&self, owner: &Account, grantee: &Account, id: u8) -> Done {
        let it = client(self);
        let data_id = self.bytes(id);
        authorized(self, owner, || done(it.try_revoke_grant(owner, grantee, &data_id, &None::<KeyProof>)))
    }

    fn create_all(&self, owner: &Account, grants: &[(&Account, u8, u64)]) -> Done {
        let grants = new_grants(self, grants);
        authorized(self, owner, || done(client(self).try_create_grants(owner, &grants, &None::<KeyProof>)))
    }

    fn revoke_all(&self, owner: &Account, grants: &[(&Account, u8)]) -> Done {
        let grants = grant_refs(self, grants);
        authorized(self, owner, || done(client(self).try_revoke_grants(owner, &grants, &None::<KeyProof>)))
    }

    fn grant_of(&self, owner: &Account, grantee: &Account, id: u8) -> Option<(u64, u64)> {
        let grant = client(self).grant_of(owner, grantee, &self.bytes(id));
        let has_access = client(self).has_access(owner, grantee, &self.bytes(id));
        assert_eq!(has_access, grant.is_some(), "both views agree");
        grant.map(|grant| (grant.created_at, grant.locked_until))
    }

    fn head(&self) -> [u8; 32] {
        client(self).history_head().to_array()
    }

    fn events(&self) -> std::vec::Vec<(String, ScVal)> {
        let events = self.env.events().all();
        let read = |event: &soroban_sdk::xdr::ContractEvent| {
            let ContractEventBody::V0(body) = &event.body;
            let ScVal::Symbol(name) = &body.topics[0] else { panic!("an event without a name") };
            (name.to_utf8_string().unwrap(), body.data.clone())
        };
        events.events().iter().map(read).collect()
    }
}

/// With the owner's authorization, whatever the call is; tests of authorization do without.
fn authorized(world: &World, owner: &Account, call: impl FnOnce() -> Done) -> Done {
    if let Account::Native(_) = owner {
        world.env.mock_all_auths();
    }
    let done = call();
    world.env.set_auths(&[]);
    done
}

pub fn new_grants(world: &World, grants: &[(&Account, u8, u64)]) -> Vec<NewGrant> {
    let grant = |(grantee, id, locked_until): &(&Account, u8, u64)| NewGrant {
        grantee: (*grantee).clone(),
        data_id: world.bytes(*id),
        locked_until: *locked_until,
    };
    Vec::from_iter(&world.env, grants.iter().map(grant))
}

pub fn grant_refs(world: &World, grants: &[(&Account, u8)]) -> Vec<GrantRef> {
    let grant =
        |(grantee, id): &(&Account, u8)| GrantRef { grantee: (*grantee).clone(), data_id: world.bytes(*id) };
    Vec::from_iter(&world.env, grants.iter().map(grant))
}

/// The text of one verb up to the nonce.
pub fn verb_text(
    world: &World,
    title: &str,
    owner: &Account,
    grantee: &Account,
    id: u8,
    lock: Option<u64>,
) -> Text {
    let text = item_text(world.text(title).line("Owner", name(owner)), grantee, id);
    match lock {
        Some(lock) => text.line("Locked Until", lock),
        None => text,
    }
}

pub fn item_text(text: Text, grantee: &Account, id: u8) -> Text {
    text.line("Grantee", name(grantee)).line("Data Id", format!("{id:02x}").repeat(32))
}

pub fn create_by_key(world: &World, grantee: &Account, key: &Key, proof: Option<KeyProof>) -> Done {
    let owner = world.account(key);
    done(client(world).try_create_grant(&owner, grantee, &world.bytes(1), &0, &proof))
}

/// One key of each kind.
pub fn keys() -> [Key; 3] {
    ["ed25519", "secp256k1", "secp256r1"].map(|curve| Key::of(curve, &[0x33; 32]))
}
