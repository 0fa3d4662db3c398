//! What each route can refuse with, as its OpenAPI responses: one a status, its codes in the schema.

use std::collections::BTreeMap;

use idos_api::ErrorCode;
use utoipa::openapi::{
    AllOfBuilder, ContentBuilder, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, Schema,
    schema::{SchemaType, Type},
};

/// HTTP statuses and the codes that come with them.
pub type Refusals = &'static [(u16, ErrorCode)];

/// Defines the row of a route: a type that names its refusals, for its handler's `responses`. The first line is what every route refuses with.
#[macro_export]
macro_rules! refusals {
    (every route: $every:expr; $($(#[$doc:meta])* $route:ident: $($set:expr),+;)+) => {
        $(
            $(#[$doc])*
            pub(super) struct $route;

            impl ::utoipa::IntoResponses for $route {
                fn responses() -> ::std::collections::BTreeMap<
                    ::std::string::String,
                    ::utoipa::openapi::RefOr<::utoipa::openapi::Response>,
                > {
                    $crate::stated(&[$every, $($set),+])
                }
            }
        )+
    };
}

/// The refusals of a route as responses.
pub fn stated(sets: &[Refusals]) -> BTreeMap<String, RefOr<Response>> {
    let mut by_status = BTreeMap::<u16, Vec<ErrorCode>>::new();
    for (status, code) in sets.iter().copied().flatten() {
        let codes = by_status.entry(*status).or_default();
        if !codes.contains(code) {
            codes.push(*code);
        }
    }
    by_status.into_iter().map(|(status, codes)| (status.to_string(), response(&codes).into())).collect()
}

fn response(codes: &[ErrorCode]) -> Response {
    let names: Vec<_> = codes.iter().filter_map(|code| serde_json::to_value(code).ok()).collect();
    let described = names.iter().filter_map(|name| name.as_str()).map(|name| format!("`{name}`"));
    let described = described.collect::<Vec<_>>().join(" or ");
    let code = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).enum_values(Some(names));
    let error = ObjectBuilder::new().property("code", code);
    let body = AllOfBuilder::new()
        .item(Ref::from_schema_name("ErrorBody"))
        .item(ObjectBuilder::new().property("error", error));
    let content = ContentBuilder::new().schema(Some(Schema::from(body))).build();
    ResponseBuilder::new().description(described).content("application/json", content).build()
}
