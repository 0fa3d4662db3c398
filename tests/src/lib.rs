#![doc = include_str!("../README.md")]

pub mod binary;
pub mod differential;
pub mod full;
pub mod hostile_node;
pub mod key_nodes;
pub mod keys;
pub mod member;
pub mod node_process;
pub mod random;
pub mod relay_house;
pub mod role;
pub mod search;
pub mod stage;
pub mod steps;
pub mod vault_house;
pub mod walk;
