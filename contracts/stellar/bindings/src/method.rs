//! What every function of a contract has.

use stellar_xdr::{HostFunction, InvokeContractArgs, ScVal, VecM};

use crate::{
    account::ContractId,
    value::{Value, ValueError, symbol},
};

/// A function of a contract, as a struct of its arguments.
pub trait Method {
    /// The name it is called by.
    const NAME: &'static str;
    /// What it answers.
    type Answer: Value;

    /// The arguments, in order.
    fn args(&self) -> Result<Vec<ScVal>, ValueError>;

    /// The call: part of a transaction, and what an account authorizes.
    fn invocation(&self, contract: ContractId) -> Result<InvokeContractArgs, ValueError> {
        Ok(InvokeContractArgs {
            contract_address: contract.address(),
            function_name: symbol(Self::NAME)?,
            args: VecM::try_from(self.args()?).map_err(|_| ValueError::TooLong)?,
        })
    }

    /// The call as the body of an operation.
    fn host_function(&self, contract: ContractId) -> Result<HostFunction, ValueError> {
        self.invocation(contract).map(HostFunction::InvokeContract)
    }

    /// Reads the answer.
    fn answer(val: &ScVal) -> Result<Self::Answer, ValueError> {
        Self::Answer::from_val(val)
    }
}

/// Makes a [`Method`] of a struct whose fields are the arguments, in this order.
macro_rules! method {
    ($name:ident = $function:literal ($($field:ident),*) -> $answer:ty) => {
        impl $crate::method::Method for $name {
            const NAME: &'static str = $function;
            type Answer = $answer;

            fn args(&self) -> Result<Vec<stellar_xdr::ScVal>, $crate::value::ValueError> {
                Ok(vec![$($crate::value::Value::to_val(&self.$field)?),*])
            }
        }
    };
}
pub(crate) use method;
