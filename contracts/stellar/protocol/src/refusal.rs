//! The errors. Numbers are fixed for ever; clients read them as `Error(Contract, #number)`.
#![allow(missing_docs, reason = "what the macro adds has none")]

// One list, because in wasm soroban-sdk's macro only describes: see refusal_val.rs.
macro_rules! refusals {
    ($($name:ident = $number:tt,)*) => {
        /// Why a call is refused. Names are those of the specification; one table serves both contracts.
        #[cfg_attr(not(target_family = "wasm"), soroban_sdk::contracterror)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u32)]
        pub enum Refusal {
            $($name = $number,)*
        }

        #[cfg(target_family = "wasm")]
        impl Refusal {
            pub(crate) fn of(number: u32) -> Option<Self> {
                match number {
                    $($number => Some(Self::$name),)*
                    _ => None,
                }
            }
        }

        /// What the contracts' descriptions say of them.
        #[cfg(target_family = "wasm")]
        pub(crate) mod description {
            #[soroban_sdk::contracterror]
            #[derive(Clone, Copy)]
            #[repr(u32)]
            pub enum Refusal {
                $($name = $number,)*
            }
        }
    };
}

refusals! {
    GrantExists = 1,
    GrantNotFound = 2,
    GrantLocked = 3,
    InvalidTimelock = 4,
    InvalidGrantee = 5,
    NotOwner = 6,
    InvalidSignature = 20,
    SignatureNotYetValid = 21,
    SignatureExpired = 22,
    NonceUsed = 23,
    BatchTooLarge = 40,
    EmptyBatch = 41,
    CredentialRevoked = 60,
    IndexOutOfRange = 61,
    RevocationIsFinal = 62,
    InvalidWordChange = 63,
}
