//! Computing with a share so that nothing of it stays behind on the stack. What is dropped is wiped where it is dropped; what was moved before left copies.

use zeroize::Zeroize;

/// More than the deepest computation with a share uses, in words of 8 bytes: 64 KiB.
const DEPTH: usize = 8 * 1024;

/// Calls `act` and wipes the stack that it used. What it returns must not have a share inside, other than behind a pointer to memory that is wiped.
pub(crate) fn on_clean_stack<T>(act: impl FnOnce() -> T) -> T {
    let result = called(act);
    wipe();
    result
}

/// A frame of its own, below that of the caller.
#[inline(never)]
fn called<T>(act: impl FnOnce() -> T) -> T {
    act()
}

/// Where that frame was.
#[inline(never)]
fn wipe() {
    let mut stack = [0_u64; DEPTH];
    stack.zeroize();
    std::hint::black_box(&stack);
}
