//! Bodies that are not quite a route's JSON.

use serde_json::{Value, json};

/// The body with each of its values in turn of another type.
pub fn of_other_types(body: &[u8]) -> Vec<Vec<u8>> {
    spoiled(body, &|value| match value {
        // What is absent may be of any type.
        Value::Null => None,
        Value::String(_) => Some(json!({})),
        _ => Some(json!("?")),
    })
}

/// The body with a field that is nobody's, in each of its objects in turn.
pub fn with_a_field_more(body: &[u8]) -> Vec<Vec<u8>> {
    spoiled(body, &|value| {
        let mut fields = value.as_object()?.clone();
        fields.insert("nobody's".to_owned(), json!(1));
        Some(fields.into())
    })
}

/// The body, once for each value that `change` changes, with that one changed.
fn spoiled(body: &[u8], change: &dyn Fn(&Value) -> Option<Value>) -> Vec<Vec<u8>> {
    let whole: Value = serde_json::from_slice(body).unwrap();
    let mut places = vec![String::new()];
    let mut found = Vec::new();
    while let Some(place) = places.pop() {
        let value = whole.pointer(&place).unwrap();
        if let Some(changed) = change(value) {
            let mut spoiled = whole.clone();
            *spoiled.pointer_mut(&place).unwrap() = changed;
            found.push(serde_json::to_vec(&spoiled).unwrap());
        }
        match value {
            Value::Object(fields) => {
                let below = fields.keys().map(|name| name.replace('~', "~0").replace('/', "~1"));
                places.extend(below.map(|name| format!("{place}/{name}")));
            }
            Value::Array(items) => places.extend((0..items.len()).map(|index| format!("{place}/{index}"))),
            _ => {}
        }
    }
    found
}
