use ed25519_dalek::SigningKey;
use stellar_xdr::{
    AccountId, Asset, CreateAccountOp, Operation, OperationBody, PaymentOp, SetOptionsOp, Signer, SignerKey,
    Uint256,
};

use super::world::muxed;

pub fn of(body: OperationBody) -> Operation {
    Operation { source_account: None, body }
}

pub fn by(source: &SigningKey, operation: Operation) -> Operation {
    Operation { source_account: Some(muxed(source)), ..operation }
}

pub fn create_account(destination: &AccountId, starting_balance: i64) -> Operation {
    of(OperationBody::CreateAccount(CreateAccountOp { destination: destination.clone(), starting_balance }))
}

pub fn pay(destination: &SigningKey, amount: i64) -> Operation {
    of(OperationBody::Payment(PaymentOp { destination: muxed(destination), asset: Asset::Native, amount }))
}

pub const NO_OPTIONS: SetOptionsOp = SetOptionsOp {
    inflation_dest: None,
    clear_flags: None,
    set_flags: None,
    master_weight: None,
    low_threshold: None,
    med_threshold: None,
    high_threshold: None,
    home_domain: None,
    signer: None,
};

pub fn set_options(options: SetOptionsOp) -> Operation {
    of(OperationBody::SetOptions(options))
}

pub fn set_signer(key: SignerKey, weight: u32) -> Operation {
    set_options(SetOptionsOp { signer: Some(Signer { key, weight }), ..NO_OPTIONS })
}

pub fn ed25519(key: &SigningKey) -> SignerKey {
    SignerKey::Ed25519(Uint256(key.verifying_key().to_bytes()))
}
