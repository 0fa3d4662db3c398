//! An RPC in front of another, with one thing changed.

use std::sync::{Arc, Mutex};

use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use serde_json::Value;
use url::Url;

/// Changes the real answer to a question.
pub type Lie = Arc<dyn Fn(&Value, &mut Value) + Send + Sync>;

#[derive(Clone)]
struct Shared {
    upstream: Url,
    client: reqwest::Client,
    lie: Arc<Mutex<Option<Lie>>>,
    is_down: Arc<Mutex<bool>>,
}

pub struct Proxy {
    pub url: Url,
    shared: Shared,
}

impl Proxy {
    pub async fn start(upstream: &Url) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let shared = Shared {
            upstream: upstream.clone(),
            client: reqwest::Client::new(),
            lie: Arc::default(),
            is_down: Arc::default(),
        };
        let router = Router::new().route("/", post(answer)).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, shared }
    }

    pub async fn lying(upstream: &Url, lie: impl Fn(&Value, &mut Value) + Send + Sync + 'static) -> Self {
        let proxy = Self::start(upstream).await;
        proxy.lie(lie);
        proxy
    }

    pub fn lie(&self, lie: impl Fn(&Value, &mut Value) + Send + Sync + 'static) {
        *self.shared.lie.lock().unwrap() = Some(Arc::new(lie));
    }

    pub fn be_honest(&self) {
        *self.shared.lie.lock().unwrap() = None;
    }

    pub fn set_down(&self, is_down: bool) {
        *self.shared.is_down.lock().unwrap() = is_down;
    }
}

async fn answer(State(shared): State<Shared>, Json(question): Json<Value>) -> (StatusCode, Json<Value>) {
    if *shared.is_down.lock().unwrap() {
        return (StatusCode::SERVICE_UNAVAILABLE, Json(Value::Null));
    }
    let lie = shared.lie.lock().unwrap().clone();
    let asked = shared.client.post(shared.upstream).json(&question).send().await;
    let mut answer = asked.unwrap().json::<Value>().await.unwrap();
    if let Some(lie) = lie {
        lie(&question, &mut answer);
    }
    (StatusCode::OK, Json(answer))
}

/// The logs of an answer to a question for logs.
pub fn logs<'a>(question: &Value, answer: &'a mut Value) -> Option<&'a mut Vec<Value>> {
    if question["method"] == "eth_getLogs" { answer["result"].as_array_mut() } else { None }
}

/// How many blocks a question for logs is about.
pub fn blocks_asked(question: &Value) -> Option<u64> {
    let number = |name: &str| {
        let text = question["params"][0][name].as_str()?;
        u64::from_str_radix(text.trim_start_matches("0x"), 16).ok()
    };
    if question["method"] == "eth_getLogs" {
        Some(number("toBlock")? - number("fromBlock")? + 1)
    } else {
        None
    }
}
