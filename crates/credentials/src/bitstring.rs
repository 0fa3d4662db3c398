//! A status list as W3C carries it: bits in a compressed text
//! ([Bitstring Status List v1.0](https://www.w3.org/TR/vc-bitstring-status-list/#bitstring-encoding)).

use std::io::{Read, Write};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use idos_grants::status::{LIST_SIZE, Word};

/// Bytes of a list's bits.
const LIST_BYTES: usize = LIST_SIZE as usize / 8;

/// Characters of the longest encoded list: bits that do not compress at all, gzip's frame around them, in base64, with room to spare.
const MAX_ENCODED_LEN: usize = LIST_BYTES * 3 / 2;

/// Bytes of a word.
const WORD_BYTES: usize = 32;

/// The bits of one list for one purpose: the bit of position 0 is the first byte's most significant.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Bitstring(Vec<u8>);

impl Bitstring {
    /// From the words of a contract, which count bits and bytes from the least significant. A word that is not there is zero; one beyond the list
    /// is left out.
    pub(crate) fn from_words(words: impl IntoIterator<Item = (u16, Word)>) -> Self {
        let mut bits = vec![0; LIST_BYTES];
        for (index, Word(word)) in words {
            let at = usize::from(index) * WORD_BYTES;
            let bytes = bits.get_mut(at..at + WORD_BYTES).unwrap_or_default();
            for (to, from) in bytes.iter_mut().zip(word.iter().rev()) {
                *to = from.reverse_bits();
            }
        }
        Self(bits)
    }

    /// The bit of a position; `false` beyond the list.
    pub(crate) fn bit(&self, index: u32) -> bool {
        let byte = self.0.get(index as usize / 8).copied().unwrap_or_default();
        byte & (0x80 >> (index % 8)) != 0
    }

    /// Multibase base64url (`u`) of the bits' gzip. The same bits always give the same text.
    pub(crate) fn encode(&self) -> std::io::Result<String> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&self.0)?;
        Ok(format!("u{}", URL_SAFE_NO_PAD.encode(encoder.finish()?)))
    }

    /// Reads an encoded list. No more than a list's length is ever decompressed, whatever the text claims to hold.
    pub(crate) fn decode(text: &str) -> Option<Self> {
        let encoded = text.strip_prefix('u').filter(|encoded| encoded.len() <= MAX_ENCODED_LEN)?;
        let compressed = URL_SAFE_NO_PAD.decode(encoded).ok()?;
        let mut bits = Vec::with_capacity(LIST_BYTES + 1);
        GzDecoder::new(compressed.as_slice()).take(LIST_BYTES as u64 + 1).read_to_end(&mut bits).ok()?;
        (bits.len() == LIST_BYTES).then_some(Self(bits))
    }
}

impl std::fmt::Debug for Bitstring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let set = self.0.iter().map(|byte| byte.count_ones()).sum::<u32>();
        write!(f, "Bitstring({set} of {LIST_SIZE} set)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn gzip(bytes: &[u8]) -> String {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        format!("u{}", URL_SAFE_NO_PAD.encode(encoder.finish().unwrap()))
    }

    /// The example of the contracts' specification.
    #[test]
    fn position_522_is_bit_0x20_of_byte_65() {
        let list = Bitstring::from_words([(2, Word::default().with_bit(522, true))]);
        assert_eq!(list.0[65], 0x20);
        assert_eq!(list.0.iter().filter(|byte| **byte != 0).count(), 1);
        assert!(list.bit(522) && !list.bit(521) && !list.bit(523) && !list.bit(LIST_SIZE + 522));
    }

    #[test]
    fn a_word_beyond_the_list_is_left_out() {
        let full = Word([0xff; 32]);
        assert_eq!(Bitstring::from_words([(512, full), (u16::MAX, full)]), Bitstring::from_words([]));
        assert!(Bitstring::from_words([(511, full)]).bit(LIST_SIZE - 1));
    }

    #[test]
    fn the_empty_list_of_w3c_reads_as_empty() {
        let empty = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA";
        assert_eq!(Bitstring::decode(empty), Some(Bitstring::from_words([])));
    }

    #[test]
    fn what_is_no_list_is_refused_and_a_bomb_is_not_blown_up() {
        let good = Bitstring::from_words([]).encode().unwrap();
        let table = [
            ("nothing", String::new()),
            ("another multibase", good.replacen('u', "z", 1)),
            ("no base64", format!("{good}!")),
            ("no gzip", format!("u{}", URL_SAFE_NO_PAD.encode([1; 100]))),
            ("cut short", good[..good.len() - 12].to_owned()),
            ("a byte too few", gzip(&vec![0; LIST_BYTES - 1])),
            ("a byte too many", gzip(&vec![0; LIST_BYTES + 1])),
            ("no bits", gzip(&[])),
            ("a bomb of 20 MB", gzip(&vec![0; 20_000_000])),
            ("a text too long", format!("u{}", "A".repeat(MAX_ENCODED_LEN + 1))),
        ];
        for (name, text) in table {
            assert_eq!(Bitstring::decode(&text), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn bits_survive_their_encoding(words in proptest::collection::vec((0u16..512, any::<[u8; 32]>()), 0..520)) {
            let list = Bitstring::from_words(words.into_iter().map(|(index, word)| (index, Word(word))));
            let text = list.encode().unwrap();
            prop_assert!(text.len() <= MAX_ENCODED_LEN);
            prop_assert_eq!(Bitstring::decode(&text), Some(list));
        }

        #[test]
        fn every_position_reads_as_in_the_contract(index in 0..LIST_SIZE, other in 0..LIST_SIZE) {
            let list = Bitstring::from_words([((index / 256) as u16, Word::default().with_bit(index, true))]);
            prop_assert!(list.bit(index));
            prop_assert_eq!(list.bit(other), other == index);
        }
    }
}
