//! Whose rows a list has.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{request::Row, role::Role, scene::Scene};
use crate::support::Answer;

/// Where a list's rows stand in its answer, and where in a row it is named whose it is: by profile, account or copy. Nowhere: rows that name nobody are counted.
struct List {
    rows: &'static str,
    of: &'static str,
}

fn list_of(route: &str) -> Option<List> {
    let (rows, of) = match route {
        "GET /v1/profile/key-statements" => ("/key_statements", "/statement/profile_id"),
        "GET /v1/receipts" => ("/receipts", "/receipt/receipt/profile_id"),
        "GET /v1/credentials" => ("/credentials", "/profile_id"),
        "GET /v1/grants" | "GET /v1/grants/given" => ("/grants", "/owner"),
        "GET /v1/grants/received" => ("/grants", "/grantee"),
        "GET /v1/requests" => ("/requests", "/request/to"),
        "GET /v1/requests/published" => ("/requests", "/request/profile_id"),
        "GET /v1/requests/{request_id}/answers" => ("/answers", "/data_id"),
        "GET /v1/audit" => ("/reads", "/data_id"),
        "GET /v1/usage" => ("/rows", ""),
        "GET /v1/issuances" => ("/issuances", "/grantee"),
        _ => return None,
    };
    Some(List { rows, of })
}

/// How many rows of the caller's own came back, and how many of whom else.
pub fn whose(scene: &Scene, caller: Role, row: &Row, answer: &Answer) -> Option<String> {
    let list = list_of(&row.route()).filter(|_| answer.status == 200)?;
    let answer: Value = answer.json();
    let rows = answer.pointer(list.rows).and_then(Value::as_array).unwrap();
    if rows.is_empty() {
        return Some("none".to_owned());
    }
    if list.of.is_empty() {
        return Some(rows.len().to_string());
    }
    let mut count = BTreeMap::<&str, usize>::new();
    for row in rows {
        let named =
            row.pointer(list.of).and_then(Value::as_str).unwrap_or_else(|| panic!("{}: {row}", list.of));
        *count.entry(name(scene.role_of(named), caller)).or_default() += 1;
    }
    let told = count.into_iter().map(|(whose, count)| format!("{count} {whose}"));
    Some(Vec::from_iter(told).join(", "))
}

fn name(role: Option<Role>, caller: Role) -> &'static str {
    match role {
        Some(role) if role == caller => "own",
        Some(Role::Owner) => "of owner",
        Some(_) => "OF OTHERS",
        None => "OF NOBODY",
    }
}
