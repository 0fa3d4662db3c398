//! What a command prints: sentences for people, or JSON for scripts.

use std::{io::IsTerminal, process::ExitCode, time::Duration};

use idos_client::{ChainError, ClientError};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::{Value, json};

/// How to print.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    json: bool,
}

impl Output {
    /// JSON, or sentences.
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints a command's result: `value` as one line of JSON, or the sentence.
    pub fn result(&self, value: &impl Serialize, sentence: impl FnOnce() -> String) -> anyhow::Result<()> {
        if self.json {
            println!("{}", serde_json::to_string(value)?);
        } else {
            println!("{}", sentence());
        }
        Ok(())
    }

    /// Tells a person something beside the result, on standard error.
    pub fn note(&self, text: &str) {
        if !self.json {
            eprintln!("note: {text}");
        }
    }

    /// Shows how far something has come that takes `steps`, where a person is watching.
    pub fn counting(&self, what: &'static str, steps: u64) -> ProgressBar {
        if self.json || !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len}");
        ProgressBar::new(steps)
            .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
            .with_message(what)
    }

    /// Shows that something takes a while, where a person is watching.
    pub fn waiting(&self, what: &'static str) -> ProgressBar {
        if self.json || !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new_spinner().with_message(what);
        bar.enable_steady_tick(Duration::from_millis(120));
        bar
    }

    /// Shows how far something is, where a person is watching. Its length is for the caller to set.
    pub fn progress(&self, what: &'static str) -> ProgressBar {
        if self.json || !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}");
        let bar = ProgressBar::new(0).with_message(what);
        match style {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        }
    }

    /// Prints an error, with its stable code, to standard error.
    pub fn failure(&self, error: &anyhow::Error) -> ExitCode {
        if self.json {
            eprintln!("{}", json!({"error": error_json(error)}));
        } else {
            eprintln!("error: {error:#}");
            if let Some(request_id) = request_id(error) {
                eprintln!("       (request {request_id})");
            }
        }
        ExitCode::FAILURE
    }
}

fn error_json(error: &anyhow::Error) -> Value {
    let client = error.downcast_ref::<ClientError>();
    let chain = error.downcast_ref::<ChainError>().map(|error| error.code().to_owned());
    let code = client.map(ClientError::code).or(chain).unwrap_or_else(|| "failed".to_owned());
    let mut body = json!({"code": code, "message": format!("{error:#}")});
    if let Some(ClientError::Node { status, detail }) = client {
        body["status"] = (*status).into();
        body["details"] = detail.details.clone().unwrap_or_default();
        body["request_id"] = detail.request_id.clone().into();
    }
    if let Some(ClientError::KeyShares(error)) = client {
        body["details"] = json!({"nodes": error.nodes()});
    }
    body
}

fn request_id(error: &anyhow::Error) -> Option<&str> {
    match error.downcast_ref::<ClientError>()? {
        ClientError::Node { detail, .. } => Some(&detail.request_id),
        _ => None,
    }
}
