//! Fees and limits.

mod costs;
mod mainnet;

use std::rc::Rc;

use soroban_env_host::HostError;
use soroban_env_host::storage::{EntryWithLiveUntil, SnapshotSource};
use soroban_simulation::NetworkConfig;
use stellar_xdr::{
    ConfigSettingContractBandwidthV0, ConfigSettingContractComputeV0, ConfigSettingContractEventsV0,
    ConfigSettingContractLedgerCostExtV0, ConfigSettingContractLedgerCostV0, ConfigSettingEntry, LedgerEntry,
    LedgerEntryData, LedgerEntryExt, LedgerKey,
};

use super::genesis::GenesisError;

/// Fees and limits. The default is what mainnet has at protocol 28 (SLP-0001 to SLP-0005).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Least inclusion fee of an operation, in stroops.
    pub base_fee: u32,
    /// Half of what an account must hold to exist, in stroops.
    pub base_reserve: u32,
    /// Most operations that a ledger takes outside of contracts.
    pub max_tx_set_size: u32,
    /// Soroban's settings, as their ledger entries say them.
    pub soroban: Vec<ConfigSettingEntry>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { base_fee: 100, base_reserve: 5_000_000, max_tx_set_size: 1_000, soroban: mainnet::soroban() }
    }
}

/// Soroban's settings, taken apart.
pub(super) struct SorobanConfig {
    /// Fee rates, costs and lifetimes, as host and simulation take them.
    pub network: NetworkConfig,
    pub compute: ConfigSettingContractComputeV0,
    pub ledger_cost: ConfigSettingContractLedgerCostV0,
    pub ledger_cost_ext: ConfigSettingContractLedgerCostExtV0,
    pub events: ConfigSettingContractEventsV0,
    pub bandwidth: ConfigSettingContractBandwidthV0,
    pub max_contract_bytes: u32,
    pub max_key_bytes: u32,
    pub max_data_entry_bytes: u32,
    pub max_transactions: u32,
}

impl SorobanConfig {
    pub(super) fn new(settings: &Settings) -> Result<Self, GenesisError> {
        let network = NetworkConfig::load_from_snapshot(&SettingEntries(settings))
            .map_err(|error| GenesisError::InvalidSetting(format!("{error:#}")))?;
        macro_rules! setting {
            ($variant:ident) => {
                settings
                    .soroban
                    .iter()
                    .find_map(|entry| match entry {
                        ConfigSettingEntry::$variant(value) => Some(value.clone()),
                        _ => None,
                    })
                    .ok_or_else(|| GenesisError::InvalidSetting(stringify!($variant).to_owned()))?
            };
        }
        Ok(Self {
            network,
            compute: setting!(ContractComputeV0),
            ledger_cost: setting!(ContractLedgerCostV0),
            ledger_cost_ext: setting!(ContractLedgerCostExtV0),
            events: setting!(ContractEventsV0),
            bandwidth: setting!(ContractBandwidthV0),
            max_contract_bytes: setting!(ContractMaxSizeBytes),
            max_key_bytes: setting!(ContractDataKeySizeBytes),
            max_data_entry_bytes: setting!(ContractDataEntrySizeBytes),
            max_transactions: setting!(ContractExecutionLanes).ledger_max_tx_count,
        })
    }
}

/// A setting as a ledger entry.
pub(super) fn entry(setting: ConfigSettingEntry) -> LedgerEntry {
    LedgerEntry {
        last_modified_ledger_seq: 1,
        data: LedgerEntryData::ConfigSetting(setting),
        ext: LedgerEntryExt::V0,
    }
}

struct SettingEntries<'a>(&'a Settings);

impl SnapshotSource for SettingEntries<'_> {
    fn get(&self, key: &Rc<LedgerKey>) -> Result<Option<EntryWithLiveUntil>, HostError> {
        let LedgerKey::ConfigSetting(key) = &**key else { return Ok(None) };
        let found = self.0.soroban.iter().find(|setting| setting.discriminant() == key.config_setting_id);
        Ok(found.map(|setting| (Rc::new(entry(setting.clone())), None)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_a_whole_configuration() {
        let config = SorobanConfig::new(&Settings::default()).unwrap();
        assert_eq!(config.network.tx_max_instructions, 400_000_000);
        assert_eq!(config.network.rent_fee_configuration.fee_per_rent_1kb, 1_000);
    }

    #[test]
    fn a_missing_setting_is_named() {
        let mut needed = 0;
        for left_out in 0..Settings::default().soroban.len() {
            let mut settings = Settings::default();
            let setting = settings.soroban.remove(left_out);
            if let Some(error) = SorobanConfig::new(&settings).err() {
                assert!(
                    error.to_string().contains(setting.name()),
                    "{error} does not name {}",
                    setting.name()
                );
                needed += 1;
            }
        }
        assert_eq!(needed, 14, "all but timing, parallelism, eviction and frozen keys");
    }
}
