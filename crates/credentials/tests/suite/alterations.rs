//! What somebody might change in a signed document.

use serde_json::{Map, Value, json};

/// Every way to alter one value of a credential, with the place where.
pub fn alterations(value: &Value) -> Vec<(String, Value)> {
    let inside: Vec<(String, Value)> = match value {
        Value::Object(fields) => {
            let replaced = fields.iter().flat_map(|(name, inner)| {
                alterations(inner).into_iter().map(move |(place, altered)| {
                    let mut fields = fields.clone();
                    fields.insert(name.clone(), altered);
                    (format!("/{name}{place}"), Value::Object(fields))
                })
            });
            let removed = fields.keys().map(|name| {
                let fields: Map<_, _> = fields
                    .iter()
                    .filter(|(other, _)| *other != name)
                    .map(|(k, v)| (k.clone(), v.clone()))
                    .collect();
                (format!("/{name} removed"), Value::Object(fields))
            });
            let renamed = fields.iter().map(|(name, inner)| {
                let mut fields = fields.clone();
                fields.remove(name);
                fields.insert(format!("{name}x"), inner.clone());
                (format!("/{name} renamed"), Value::Object(fields))
            });
            let mut extended = fields.clone();
            extended.insert("extra".to_owned(), json!("claim"));
            let extended = std::iter::once((" extended".to_owned(), Value::Object(extended)));
            replaced.chain(removed).chain(renamed).chain(extended).collect()
        }
        Value::Array(items) => {
            let replaced = items.iter().enumerate().flat_map(|(index, inner)| {
                alterations(inner).into_iter().map(move |(place, altered)| {
                    let mut items = items.clone();
                    items[index] = altered;
                    (format!("/{index}{place}"), Value::Array(items))
                })
            });
            let longer = items.iter().cloned().chain([json!("extra")]).collect();
            let reversed = items.iter().rev().cloned().collect();
            replaced
                .chain([
                    (" extended".to_owned(), Value::Array(longer)),
                    (" reversed".to_owned(), Value::Array(reversed)),
                ])
                .collect()
        }
        Value::String(text) => vec![(" changed".to_owned(), json!(format!("{text}x")))],
        Value::Number(number) => vec![(" changed".to_owned(), json!(number.as_f64().unwrap() + 1.0))],
        Value::Bool(value) => vec![(" changed".to_owned(), json!(!value))],
        Value::Null => vec![(" changed".to_owned(), json!(0))],
    };
    inside.into_iter().filter(|(_, altered)| altered != value).collect()
}
