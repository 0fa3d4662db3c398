#![doc = include_str!("../README.md")]

pub mod calls;
pub mod exports;
mod given;
