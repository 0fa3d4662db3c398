//! What every rule needs to know of the network and of the ledger that is being made.

use soroban_env_host::LedgerInfo;
use stellar_xdr::ContractId;

use super::settings::SorobanConfig;
use super::soroban::Modules;

/// What every rule needs to know of the network and of the ledger that is being made.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub network_id: [u8; 32],
    /// The contract of lumens, in whose name payments and fees make events.
    pub lumens: &'a ContractId,
    pub config: &'a SorobanConfig,
    pub modules: &'a Modules,
    pub ledger: u32,
    /// Unix seconds.
    pub close_time: u64,
    /// Stroops an operation.
    pub base_fee: u32,
    /// Stroops.
    pub base_reserve: u32,
    pub protocol: u32,
}

impl Context<'_> {
    /// As the contract host asks for it.
    pub(super) fn ledger_info(&self) -> LedgerInfo {
        let mut info = LedgerInfo {
            protocol_version: self.protocol,
            sequence_number: self.ledger,
            timestamp: self.close_time,
            network_id: self.network_id,
            base_reserve: self.base_reserve,
            ..LedgerInfo::default()
        };
        self.config.network.fill_config_fields_in_ledger_info(&mut info);
        info
    }

    /// The last ledger of an entry that is made or restored now.
    pub(super) fn min_persistent_live_until(&self) -> u32 {
        self.ledger.saturating_add(self.config.network.min_persistent_entry_ttl).saturating_sub(1)
    }
}
