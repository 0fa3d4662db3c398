//! SHA-512 ([FIPS 180-4](https://csrc.nist.gov/pubs/fips/180-4/upd1/final)), which the network's host does not have: small rather than fast, since a
//! contract pays for its bytes at every call, and nothing here is secret.

use soroban_sdk::Bytes;

use crate::{text::copy, trap::OrTrap};

/// Half of a hash: what XRPL's wallets sign.
pub type Half = [u8; 32];

const BLOCK_BYTES: u32 = 128;
const ROUNDS: usize = 80;

/// Fractional parts of the square roots of the first 8 primes.
const INITIAL: [u64; 8] = [
    0x6a09e667f3bcc908,
    0xbb67ae8584caa73b,
    0x3c6ef372fe94f82b,
    0xa54ff53a5f1d36f1,
    0x510e527fade682d1,
    0x9b05688c2b3e6c1f,
    0x1f83d9abfb41bd6b,
    0x5be0cd19137e2179,
];

/// Fractional parts of the cube roots of the first 80 primes.
#[rustfmt::skip]
const K: [u64; ROUNDS] = [
    0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
    0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
    0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
    0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
    0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
    0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
    0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
    0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
    0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
    0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
    0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
    0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
    0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
    0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
    0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
    0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
    0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
    0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
    0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
    0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
];

/// The first half of the SHA-512 of `text`.
#[inline(never)]
pub fn half(text: &Bytes) -> Half {
    let mut state = INITIAL;
    let mut at = 0;
    while at <= last_block(text.len()) {
        compress(&mut state, &block(text, at));
        at = at.wrapping_add(BLOCK_BYTES);
    }
    let mut half = [0; 32];
    for (bytes, word) in half.chunks_exact_mut(8).zip(&state) {
        copy(bytes, &word.to_be_bytes());
    }
    half
}

/// Where the last block begins: the one that ends with the text's length, which has 16 bytes, after the byte that ends the text.
fn last_block(text_bytes: u32) -> u32 {
    text_bytes.wrapping_add(16) & !(BLOCK_BYTES - 1)
}

/// A block of the text, one bit, zeros, and the text's length in bits.
fn block(text: &Bytes, at: u32) -> [u8; BLOCK_BYTES as usize] {
    let mut block = [0; BLOCK_BYTES as usize];
    let end = text.len();
    if at <= end {
        let part = text.slice(at..end.min(at.wrapping_add(BLOCK_BYTES)));
        let used = part.len() as usize;
        part.copy_into_slice(block.get_mut(..used).or_trap());
        if let Some(byte) = block.get_mut(used) {
            *byte = 0x80;
        }
    }
    if at == last_block(end) {
        // Of the length's 16 bytes no text uses the first 8.
        *block.last_chunk_mut().or_trap() = (u64::from(end) << 3).to_be_bytes();
    }
    block
}

fn compress(state: &mut [u64; 8], block: &[u8; BLOCK_BYTES as usize]) {
    let mut schedule = [0; 16];
    for (word, bytes) in schedule.iter_mut().zip(block.chunks_exact(8)) {
        *word = bytes.iter().fold(0, |word: u64, byte| word << 8 | u64::from(*byte));
    }
    let mut working = *state;
    for (t, k) in K.iter().enumerate() {
        // The schedule's last 16 words are all that the next needs.
        let of = |distance: usize| schedule[(t + distance) & 15];
        let next = of(0).wrapping_add(sigma(of(1), 1, 8, 7)).wrapping_add(of(9)).wrapping_add(sigma(
            of(14),
            19,
            61,
            6,
        ));
        round(&mut working, k.wrapping_add(of(0)));
        schedule[t & 15] = next;
    }
    for (word, change) in state.iter_mut().zip(working) {
        *word = word.wrapping_add(change);
    }
}

/// One round: the 8 words move on by one, the last falls out.
fn round(words: &mut [u64; 8], addend: u64) {
    let [a, b, c, _, e, f, g, h] = *words;
    let choice = (e & f) ^ (!e & g);
    let majority = (a & b) ^ (a & c) ^ (b & c);
    let t1 = h.wrapping_add(sum(e, 14, 18, 41)).wrapping_add(choice).wrapping_add(addend);
    let t2 = sum(a, 28, 34, 39).wrapping_add(majority);
    words.copy_within(..7, 1);
    words[0] = t1.wrapping_add(t2);
    words[4] = words[4].wrapping_add(t1);
}

fn sigma(word: u64, rotate: u32, rotate_more: u32, shift: u32) -> u64 {
    word.rotate_right(rotate) ^ word.rotate_right(rotate_more) ^ (word >> shift)
}

fn sum(word: u64, small: u32, middle: u32, large: u32) -> u64 {
    word.rotate_right(small) ^ word.rotate_right(middle) ^ word.rotate_right(large)
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha512};
    use soroban_sdk::Env;

    use super::*;

    #[test]
    fn it_is_sha_512_at_every_length_around_a_block() {
        let env = Env::default();
        let text: [u8; 400] = core::array::from_fn(|at| (at * 7 + at / 256) as u8);
        for length in 0..text.len() {
            let expected = Sha512::digest(&text[..length]);
            assert_eq!(half(&Bytes::from_slice(&env, &text[..length])), expected[..32], "{length}");
        }
    }
}
