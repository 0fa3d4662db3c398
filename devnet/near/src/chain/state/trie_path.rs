//! How many trie nodes NEAR touches on the way to a key, which storage writes pay for (`touching_trie_node`).
//!
//! The chain keeps no trie, but the nodes on a path follow from the neighbours of the key: a branch is where two keys
//! part, an extension is a stretch they share, a leaf is the rest of a key that is alone.

use std::ops::Bound;

use super::State;

impl State {
    /// Nodes of a hexary Patricia trie over this state that a lookup of `key` visits, up to and including the node
    /// that holds the value or shows that there is none.
    pub fn trie_nodes_to(&self, key: &[u8]) -> u64 {
        let length = key.len() * 2;
        let mut matched = 0;
        let mut nodes = 0;
        while let Some((first, last)) = self.ends_of(key, matched) {
            if first == last {
                return nodes + 1;
            }
            let branch_at = shared_nibbles(first, last);
            if branch_at > matched {
                nodes += 1;
                if shared_nibbles(first, key) < branch_at {
                    return nodes;
                }
            }
            nodes += 1;
            if branch_at == length {
                return nodes;
            }
            matched = branch_at + 1;
        }
        nodes
    }

    /// The smallest and the greatest key that share the first `nibbles` nibbles of `key`.
    fn ends_of(&self, key: &[u8], nibbles: usize) -> Option<(&[u8], &[u8])> {
        let (from, to) = nibble_range(key, nibbles);
        let to = to.map_or(Bound::Unbounded, Bound::Excluded);
        let mut range = self.entries.range((Bound::Included(from), to));
        let first = range.next()?.0.as_slice();
        let last = range.next_back().map_or(first, |(key, _)| key.as_slice());
        Some((first, last))
    }
}

/// Bounds of the byte strings that start with the first `nibbles` nibbles of `key`; no upper bound means to the end.
fn nibble_range(key: &[u8], nibbles: usize) -> (Vec<u8>, Option<Vec<u8>>) {
    let mut from = key.get(..nibbles / 2).unwrap_or(key).to_vec();
    let mut to = from.clone();
    if nibbles % 2 == 1 {
        let high = key.get(nibbles / 2).copied().unwrap_or(0) & 0xf0;
        from.push(high);
        if let Some(next) = high.checked_add(0x10) {
            to.push(next);
            return (from, Some(to));
        }
    }
    while let Some(last) = to.pop() {
        if let Some(next) = last.checked_add(1) {
            to.push(next);
            return (from, Some(to));
        }
    }
    (from, None)
}

fn shared_nibbles(a: &[u8], b: &[u8]) -> usize {
    let bytes = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let half = match (a.get(bytes), b.get(bytes)) {
        (Some(a), Some(b)) if a & 0xf0 == b & 0xf0 => 1,
        _ => 0,
    };
    bytes * 2 + half
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn state(keys: &[&[u8]]) -> State {
        let mut state = State::default();
        for key in keys {
            state.put(key.to_vec(), Some(vec![].into()));
        }
        state
    }

    #[test]
    fn trie_paths_have_the_nodes_a_patricia_trie_has() {
        type Row = (&'static str, &'static [&'static [u8]], &'static [u8], u64);
        let rows: &[Row] = &[
            ("empty trie", &[], b"a", 0),
            ("a leaf alone", &[b"abc"], b"abc", 1),
            ("another leaf alone", &[b"abc"], b"xyz", 1),
            ("branch at the root, then leaf", &[b"\x10", b"\x20"], b"\x10", 2),
            ("branch at the root, empty child", &[b"\x10", b"\x20"], b"\x30", 1),
            ("extension, branch, leaf", &[b"ab\x10", b"ab\x20"], b"ab\x10", 3),
            ("extension that does not match", &[b"ab\x10", b"ab\x20"], b"xb\x10", 1),
            ("value in the branch", &[b"ab", b"abc"], b"ab", 2),
            ("leaf under a branch that has a value", &[b"ab", b"abc"], b"abc", 3),
            ("two branches", &[b"\x11", b"\x12", b"\x21"], b"\x11", 3),
        ];
        for (name, keys, key, nodes) in rows {
            assert_eq!(state(keys).trie_nodes_to(key), *nodes, "{name}");
        }
    }

    /// The same count from a trie that is really built.
    fn count_by_building(keys: &[Vec<u8>], path: &[u8]) -> u64 {
        let keys: Vec<Vec<u8>> = keys.iter().map(|key| nibbles(key)).collect();
        let mut candidates: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
        let path = nibbles(path);
        let mut at = 0;
        let mut nodes = 0;
        loop {
            match candidates.as_slice() {
                [] => return nodes,
                [_] => return nodes + 1,
                _ => {}
            }
            let shared = |n: usize| {
                candidates.iter().all(|key| key.get(n).is_some() && key.get(n) == candidates[0].get(n))
            };
            let mut end = at;
            while shared(end) {
                end += 1;
            }
            if end > at {
                nodes += 1;
                if path.get(at..end) != candidates[0].get(at..end) {
                    return nodes;
                }
            }
            nodes += 1;
            let Some(next) = path.get(end) else { return nodes };
            candidates.retain(|key| key.get(end) == Some(next));
            at = end + 1;
        }
    }

    fn nibbles(bytes: &[u8]) -> Vec<u8> {
        bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]).collect()
    }

    proptest! {
        #[test]
        fn neighbours_tell_the_same_count_as_a_built_trie(
            keys in prop::collection::btree_set(prop::collection::vec(prop::sample::select(vec![0u8, 1, 0x10, 0x11, 0xff, 0xf0]), 0..5), 0..12),
            key in prop::collection::vec(prop::sample::select(vec![0u8, 1, 0x10, 0x11, 0xff, 0xf0]), 0..5),
        ) {
            let keys: Vec<Vec<u8>> = keys.into_iter().collect();
            let refs: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
            prop_assert_eq!(state(&refs).trie_nodes_to(&key), count_by_building(&keys, &key));
        }
    }
}
