//! Queries as clients of old send them: a path, and data in base58.

use near_jsonrpc_primitives::{errors::RpcParseError, types::query::RpcQueryRequest};
use near_primitives::{
    types::{AccountId, BlockReference},
    views::QueryRequest,
};

/// Bytes of a path and its data together.
const QUERY_BYTES_MAX: usize = 10 * 1024;

/// `account/<id>`, `access_key/<id>[/<public key>]`, `code/<id>`, `contract/<id>` with a key prefix as data, and
/// `call/<id>/<method>` with arguments as data; always at the newest block.
pub(super) fn parse_path(path: &str, data: &str) -> Result<RpcQueryRequest, RpcParseError> {
    let mut parts = path.splitn(3, '/');
    let (Some(what), Some(account_id)) = (parts.next(), parts.next()) else {
        return refuse("Not enough query parameters provided");
    };
    let account_id: AccountId = account_id.parse().map_err(|error| RpcParseError(format!("{error}")))?;
    let request = match (what, parts.next()) {
        ("account", None) => QueryRequest::ViewAccount { account_id },
        ("code", None) => QueryRequest::ViewCode { account_id },
        ("access_key", None) => QueryRequest::ViewAccessKeyList { account_id, after_key: None, limit: None },
        ("access_key", Some(key)) => match key.parse() {
            Ok(public_key) => QueryRequest::ViewAccessKey { account_id, public_key },
            Err(_) => return refuse("Invalid public key"),
        },
        ("contract", None) => QueryRequest::ViewState {
            account_id,
            prefix: bytes(path, data)?.into(),
            after_key: None,
            limit: None,
            include_proof: false,
        },
        ("call", Some(method)) => QueryRequest::CallFunction {
            account_id,
            method_name: method.to_owned(),
            args: bytes(path, data)?.into(),
        },
        ("call", None) => return refuse("Method name is missing"),
        (unknown, _) => return refuse(&format!("Unknown path {unknown}")),
    };
    Ok(RpcQueryRequest { block_reference: BlockReference::latest(), request })
}

fn bytes(path: &str, data: &str) -> Result<Vec<u8>, RpcParseError> {
    // Base58 takes quadratic time, so the text is measured before it is decoded.
    let room = QUERY_BYTES_MAX.saturating_sub(path.len());
    if data.len() > room.saturating_mul(2) {
        return refuse("Query data size is too large");
    }
    let bytes = bs58::decode(data).into_vec().map_err(|error| RpcParseError(error.to_string()))?;
    if bytes.len() > room { refuse("Query data size is too large") } else { Ok(bytes) }
}

fn refuse<T>(why: &str) -> Result<T, RpcParseError> {
    Err(RpcParseError(why.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(path: &str, data: &str) -> Result<QueryRequest, String> {
        parse_path(path, data).map(|parsed| parsed.request).map_err(|error| error.0)
    }

    #[test]
    fn paths_name_what_is_asked() {
        let account_id: AccountId = "a.near".parse().unwrap();
        let rows = [
            ("account/a.near", "", QueryRequest::ViewAccount { account_id: account_id.clone() }),
            ("code/a.near", "", QueryRequest::ViewCode { account_id: account_id.clone() }),
            (
                "access_key/a.near",
                "",
                QueryRequest::ViewAccessKeyList {
                    account_id: account_id.clone(),
                    after_key: None,
                    limit: None,
                },
            ),
            (
                "call/a.near/m/n",
                "2j",
                QueryRequest::CallFunction {
                    account_id,
                    method_name: "m/n".into(),
                    args: b"d".to_vec().into(),
                },
            ),
        ];
        for (path, data, expected) in rows {
            assert_eq!(request(path, data), Ok(expected), "{path}");
        }
    }

    #[test]
    fn wrong_paths_are_refused_with_the_reason() {
        let rows = [
            ("account", "", "Not enough query parameters provided"),
            ("validators/a.near", "", "Unknown path validators"),
            ("call/a.near", "", "Method name is missing"),
            ("access_key/a.near/ed25519:0", "", "Invalid public key"),
        ];
        for (path, data, why) in rows {
            assert_eq!(request(path, data), Err(why.to_owned()), "{path}");
        }
        assert!(request("account/A B", "").is_err());
        assert!(request("call/a.near/m", "0OIl").is_err());
    }

    #[test]
    fn oversized_data_is_refused_before_it_is_decoded() {
        let data = "2".repeat(QUERY_BYTES_MAX * 2);
        assert_eq!(request("call/a.near/m", &data), Err("Query data size is too large".to_owned()));
    }
}
