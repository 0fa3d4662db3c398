//! Who asks, by address: each may ask so often, before anything else of the request is looked at.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::HeaderMap,
    middleware::Next,
    response::Response,
};

use crate::{config::KeyShareConfig, error::ServiceError, node::Inner};

pub(super) async fn limit(
    State(node): State<Inner>,
    request: Request,
    next: Next,
) -> Result<Response, ServiceError> {
    if node.admits(client_of(&node, &request)) {
        Ok(next.run(request).await)
    } else {
        Err(ServiceError::LimitReached("this address asks too often: wait a little, then try again"))
    }
}

/// New keys are far fewer than requests: a stranger with wallets without number still does not fill the node.
pub(super) async fn limit_stores(
    State(node): State<Inner>,
    request: Request,
    next: Next,
) -> Result<Response, ServiceError> {
    if node.admits_store(client_of(&node, &request)) {
        Ok(next.run(request).await)
    } else {
        Err(ServiceError::LimitReached("this address stores key shares too often: try again in an hour"))
    }
}

fn client_of(node: &Inner, request: &Request) -> IpAddr {
    let connected = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    client(&node.config, connected, request.headers())
}

/// The client's address. What a proxy states counts only if the operator named its header, and of that only what the proxy itself added.
fn client(config: &KeyShareConfig, connected: Option<IpAddr>, headers: &HeaderMap) -> IpAddr {
    let stated = config.client_address_header.as_ref().and_then(|name| {
        let last = headers.get_all(name).iter().next_back()?.to_str().ok()?.rsplit(',').next()?;
        last.trim().parse().ok()
    });
    stated.or(connected).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn a_stated_address_counts_only_by_the_proxy_that_was_named() {
        let connected = Some(IpAddr::from([10, 0, 0, 1]));
        let headers = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("x-forwarded-for", HeaderValue::from_static(value));
            }
            headers
        };
        let none = KeyShareConfig::new("");
        let mut named = KeyShareConfig::new("");
        named.client_address_header = Some(HeaderName::from_static("x-forwarded-for"));
        let table: [(&str, &KeyShareConfig, &[&'static str], [u8; 4]); 5] = [
            ("no proxy", &none, &["192.0.2.7"], [10, 0, 0, 1]),
            ("the proxy's word", &named, &["192.0.2.7"], [192, 0, 2, 7]),
            ("what the client made up stands before", &named, &["192.0.2.1, 192.0.2.7"], [192, 0, 2, 7]),
            ("in a header of its own", &named, &["192.0.2.1", "192.0.2.7"], [192, 0, 2, 7]),
            ("nonsense", &named, &["unknown"], [10, 0, 0, 1]),
        ];
        for (name, config, values, address) in table {
            assert_eq!(client(config, connected, &headers(values)), IpAddr::from(address), "{name}");
        }
    }
}
