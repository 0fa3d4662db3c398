//! What actions leave behind.

use near_parameters::ParameterCost;
use near_primitives::errors::{ActionError, IntegerOverflowError};
use near_primitives::profile_data_v3::ProfileDataV3;
use near_primitives::receipt::Receipt;
use near_primitives::types::{Balance, Compute, Gas};
use near_vm_runner::logic::ReturnData;

/// What one action, or all actions of a receipt so far, leave behind.
pub(crate) struct ActionResult {
    /// Gone for good.
    pub gas_burnt: Gas,
    /// Of it, what contracts burnt.
    pub gas_burnt_by_calls: Gas,
    /// Burnt, or given to new receipts.
    pub gas_used: Gas,
    /// Towards the block's limit.
    pub compute: Compute,
    pub outcome: Result<ReturnData, ActionError>,
    pub logs: Vec<String>,
    pub new_receipts: Vec<Receipt>,
    pub profile: ProfileDataV3,
    /// Made from nothing: single yoctoNEARs that empty contracts attach to calls.
    pub minted: Balance,
}

impl ActionResult {
    /// A success that has burnt this so far.
    pub fn burning(cost: ParameterCost) -> Self {
        Self {
            gas_burnt: cost.gas,
            gas_burnt_by_calls: Gas::ZERO,
            gas_used: cost.gas,
            compute: cost.compute,
            outcome: Ok(ReturnData::None),
            logs: Vec::new(),
            new_receipts: Vec::new(),
            profile: ProfileDataV3::default(),
            minted: Balance::ZERO,
        }
    }

    /// A failure sends nothing.
    pub fn fail(&mut self, error: ActionError) {
        self.outcome = Err(error);
        self.new_receipts.clear();
        self.minted = Balance::ZERO;
    }

    /// Adds the result of the action that came next.
    pub fn merge(&mut self, next: ActionResult) -> Result<(), IntegerOverflowError> {
        self.gas_burnt = self.gas_burnt.checked_add_result(next.gas_burnt)?;
        self.gas_burnt_by_calls = self.gas_burnt_by_calls.checked_add_result(next.gas_burnt_by_calls)?;
        self.gas_used = self.gas_used.checked_add_result(next.gas_used)?;
        self.compute = self.compute.checked_add(next.compute).ok_or(IntegerOverflowError)?;
        self.minted = self.minted.checked_add(next.minted).ok_or(IntegerOverflowError)?;
        self.profile.merge(&next.profile);
        self.logs.extend(next.logs);
        match next.outcome {
            Ok(ReturnData::ReceiptIndex(index)) => {
                // The index counts from the action's own first receipt.
                self.outcome = Ok(ReturnData::ReceiptIndex(self.new_receipts.len() as u64 + index));
            }
            outcome => self.outcome = outcome,
        }
        match &self.outcome {
            Ok(_) => self.new_receipts.extend(next.new_receipts),
            Err(error) => self.fail(error.clone()),
        }
        Ok(())
    }
}
