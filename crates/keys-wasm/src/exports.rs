//! What the module exports: `push` the bytes of a call, `run` it, `pull` the bytes of its answer, `clear`.
#![allow(
    unsafe_code,
    reason = "the attribute that gives an export its name counts as unsafe; nothing here dereferences anything"
)]

use std::{cell::RefCell, mem};

use zeroize::Zeroizing;

use crate::calls;

/// Bytes of the longest call.
pub const MAX_CALL_LEN: usize = 64 * 1024;

thread_local! {
    static CALL: RefCell<Zeroizing<Vec<u8>>> = RefCell::default();
    static ANSWER: RefCell<Zeroizing<Vec<u8>>> = RefCell::default();
}

/// Adds a byte to the call. 0 if there is no room for it.
#[unsafe(no_mangle)]
pub extern "C" fn push(byte: u8) -> u32 {
    CALL.with_borrow_mut(|call| {
        if call.capacity() == 0 {
            // At once: a growing call would leave copies behind.
            call.reserve_exact(MAX_CALL_LEN);
        }
        let has_room = call.len() < MAX_CALL_LEN;
        if has_room {
            call.push(byte);
        }
        has_room.into()
    })
}

/// Runs the call: gives the length of its answer.
#[unsafe(no_mangle)]
pub extern "C" fn run() -> usize {
    let call = CALL.with_borrow_mut(mem::take);
    let answer = calls::answer(&call);
    ANSWER.with_borrow_mut(|kept| {
        *kept = answer;
        kept.len()
    })
}

/// A byte of the answer; 0 beyond its end.
#[unsafe(no_mangle)]
pub extern "C" fn pull(index: usize) -> u8 {
    ANSWER.with_borrow(|answer| answer.get(index).copied().unwrap_or_default())
}

/// Wipes call and answer.
#[unsafe(no_mangle)]
pub extern "C" fn clear() {
    CALL.with_borrow_mut(mem::take);
    ANSWER.with_borrow_mut(mem::take);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_crosses_byte_by_byte_and_is_wiped() {
        for byte in b"no JSON" {
            assert_eq!(push(*byte), 1);
        }
        let length = run();
        let answer: Vec<u8> = (0..length).map(|index| pull(index)).collect();
        assert!(answer.starts_with(b"{\"error\":"), "{answer:?}");
        clear();
        assert_eq!(pull(0), 0);
    }

    #[test]
    fn a_call_that_is_too_long_has_no_room() {
        assert!((0..MAX_CALL_LEN).all(|_| push(b' ') == 1));
        assert_eq!(push(b' '), 0);
        clear();
        assert_eq!(push(b' '), 1);
        clear();
    }
}
