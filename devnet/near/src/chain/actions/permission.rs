//! Whether an action may touch the account at all.

use near_primitives::account::id::AccountType;
use near_primitives::errors::ActionErrorKind;
use near_primitives::transaction::Action;

use super::{Acting, Failure};

impl Acting<'_> {
    pub(super) fn check_account_exists(&self, action: &Action) -> Result<(), Failure> {
        let account_id = self.account_id().clone();
        match (action, &self.account) {
            (Action::CreateAccount(_), Some(_)) => {
                Err(ActionErrorKind::AccountAlreadyExists { account_id }.into())
            }
            // Implicit accounts come into being by a transfer, or a stranger could add keys to them first.
            (Action::CreateAccount(_), None)
                if account_id.get_account_type() != AccountType::NamedAccount =>
            {
                Err(ActionErrorKind::OnlyImplicitAccountCreationAllowed { account_id }.into())
            }
            (Action::CreateAccount(_), None) | (_, Some(_)) => Ok(()),
            (Action::Transfer(_), None) if self.may_create_implicit_account() => Ok(()),
            (_, None) => Err(ActionErrorKind::AccountDoesNotExist { account_id }.into()),
        }
    }

    /// Only a transfer that is alone creates an account, and a refund never does, because refunds are free.
    fn may_create_implicit_account(&self) -> bool {
        self.account_id().get_account_type() == AccountType::NearImplicitAccount
            && self.action_receipt.actions().len() == 1
            && !self.is_refund()
    }

    pub(super) fn check_actor(&self, action: &Action) -> Result<(), Failure> {
        let own_only = matches!(
            action,
            Action::DeployContract(_) | Action::AddKey(_) | Action::DeleteKey(_) | Action::DeleteAccount(_)
        );
        if own_only && self.actor_id != *self.account_id() {
            return Err(ActionErrorKind::ActorNoPermission {
                account_id: self.account_id().clone(),
                actor_id: self.actor_id.clone(),
            }
            .into());
        }
        match (action, &self.account) {
            (Action::DeleteAccount(_), Some(account)) if !account.locked().is_zero() => {
                Err(ActionErrorKind::DeleteAccountStaking { account_id: self.account_id().clone() }.into())
            }
            _ => Ok(()),
        }
    }
}
