//! Ending a call where something holds by construction, without the text of a panic, which a contract would carry and pay for.

/// What is there, or the end of the call.
pub(crate) trait OrTrap<T> {
    /// The value.
    ///
    /// # Panics
    ///
    /// Without one: the call fails and changes nothing.
    fn or_trap(self) -> T;
}

impl<T> OrTrap<T> for Option<T> {
    fn or_trap(self) -> T {
        match self {
            Some(value) => value,
            None => trap(),
        }
    }
}

#[cfg(target_family = "wasm")]
fn trap() -> ! {
    core::arch::wasm32::unreachable()
}

#[cfg(not(target_family = "wasm"))]
#[allow(clippy::panic, reason = "what a trap is on the host")]
fn trap() -> ! {
    panic!("a bound that holds by construction does not hold")
}
