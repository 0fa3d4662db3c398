//! What happens on the chains, as a node tells it (`GET /v1/events`).

use std::time::Duration;

use futures::{Stream, stream};
use idos_api::events::{ChainEvent, EndReason, StreamEnd};
use reqwest::Response;
use tokio::time::timeout;

use crate::{ClientError, Node};

/// A node that follows its own heartbeat is heard of far more often; one that is silent for so long is gone.
const SILENCE: Duration = Duration::from_secs(90);

/// The longest line, and the most data of one event, in bytes.
const MAX_EVENT_BYTES: usize = 64 * 1024;

/// Something that happened, and where to go on after it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Occurrence {
    /// To be given to [`Session::events`](crate::Session::events), to go on after this.
    pub cursor: String,
    /// What happened.
    #[serde(flatten)]
    pub event: ChainEvent,
}

/// A stream of what happens. After an error, go on with a new one from [`EventStream::cursor`]: nothing is missed, nothing repeated.
#[derive(Debug)]
pub struct EventStream {
    node: Node,
    response: Response,
    parser: Parser,
    cursor: Option<String>,
}

impl EventStream {
    pub(crate) fn new(node: Node, response: Response) -> Self {
        Self { node, response, parser: Parser::default(), cursor: None }
    }

    /// Where to go on; `None` until the node has said where it begins.
    pub fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    /// The next thing that happens; `None` when the node stops and asks to come again.
    ///
    /// # Errors
    /// [`ClientError::SignedOut`] when the session has ended; otherwise what broke the stream.
    pub async fn next(&mut self) -> Result<Option<Occurrence>, ClientError> {
        loop {
            while let Some(block) = self.parser.block().map_err(|why| self.node.not_a_node(why))? {
                if let Some(id) = block.id {
                    self.cursor = Some(id);
                }
                if block.name == "end" {
                    return self.ended(&block.data);
                }
                if !block.data.is_empty() {
                    let event = serde_json::from_str(&block.data);
                    let event = event.map_err(|_| self.node.not_a_node("an event that is none"))?;
                    let cursor =
                        self.cursor.clone().ok_or_else(|| self.node.not_a_node("an event without its id"))?;
                    return Ok(Some(Occurrence { cursor, event }));
                }
            }
            let chunk = timeout(SILENCE, self.response.chunk()).await;
            let chunk = chunk.map_err(|_| self.node.not_a_node("the stream has fallen silent"))?;
            match chunk.map_err(|error| self.node.not_a_node(&error.to_string()))? {
                Some(bytes) => self.parser.take(&bytes),
                None => return Err(self.node.not_a_node("the stream was cut")),
            }
        }
    }

    fn ended(&self, data: &str) -> Result<Option<Occurrence>, ClientError> {
        match serde_json::from_str::<StreamEnd>(data).map(|end| end.reason) {
            Ok(EndReason::SessionEnded) => Err(ClientError::SignedOut),
            Ok(EndReason::NodeStops) => Ok(None),
            Err(_) => Err(self.node.not_a_node("an end that is none")),
        }
    }

    /// As a stream, which ends after an error.
    pub fn into_stream(self) -> impl Stream<Item = Result<Occurrence, ClientError>> {
        stream::unfold(Some(self), async |events| {
            let mut events = events?;
            match events.next().await {
                Ok(Some(occurrence)) => Some((Ok(occurrence), Some(events))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        })
    }
}

/// One block of a stream of server-sent events.
#[derive(Debug, Default, PartialEq, Eq)]
struct Block {
    name: String,
    id: Option<String>,
    data: String,
}

/// Reads `text/event-stream` ([HTML, 9.2.6](https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation)), as far
/// as a node writes it, in bounded memory.
#[derive(Debug, Default)]
struct Parser {
    bytes: Vec<u8>,
    present: Block,
}

impl Parser {
    fn take(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole block, if it is there.
    fn block(&mut self) -> Result<Option<Block>, &'static str> {
        while let Some(end) = self.bytes.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.bytes.drain(..=end).collect();
            let line = std::str::from_utf8(&line).map_err(|_| "a stream that is not UTF-8")?;
            let line = line.trim_end_matches(['\n', '\r']);
            if line.is_empty() {
                return Ok(Some(std::mem::take(&mut self.present)));
            }
            self.line(line);
            if self.present.data.len() > MAX_EVENT_BYTES {
                return Err("an event that is too large");
            }
        }
        if self.bytes.len() > MAX_EVENT_BYTES { Err("a line that is too long") } else { Ok(None) }
    }

    fn line(&mut self, line: &str) {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => self.present.name = value.to_owned(),
            "id" => self.present.id = Some(value.to_owned()),
            "data" => {
                if !self.present.data.is_empty() {
                    self.present.data.push('\n');
                }
                self.present.data.push_str(value);
            }
            // Comments, and what later versions may add.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(chunks: &[&[u8]]) -> Vec<Block> {
        let (mut parser, mut blocks) = (Parser::default(), Vec::new());
        for chunk in chunks {
            parser.take(chunk);
            while let Some(block) = parser.block().unwrap() {
                blocks.push(block);
            }
        }
        blocks
    }

    #[test]
    fn blocks_are_read_wherever_the_network_cuts_them() {
        let text = "id: 1-2-3\n: nothing new\n\nevent: grant_created\nid:4\ndata: {\"a\":\r\ndata:  1}\r\n\r\nid: lost";
        let block = |name: &str, id: &str, data: &str| Block {
            name: name.into(),
            id: Some(id.into()),
            data: data.into(),
        };
        let expected = [block("", "1-2-3", ""), block("grant_created", "4", "{\"a\":\n 1}")];
        for at in 0..text.len() {
            let (one, other) = text.as_bytes().split_at(at);
            assert_eq!(blocks(&[one, other]), expected, "{at}");
        }
    }

    #[test]
    fn a_stream_without_end_of_line_or_event_is_refused() {
        let mut parser = Parser::default();
        parser.take(&vec![b'x'; MAX_EVENT_BYTES + 1]);
        assert!(parser.block().is_err());
        let mut parser = Parser::default();
        let line = [b"data: ".as_slice(), &[b'x'; 1000], b"\n"].concat();
        let refused = (0..=MAX_EVENT_BYTES / 1000).any(|_| {
            parser.take(&line);
            parser.block().is_err()
        });
        assert!(refused);
        let mut parser = Parser::default();
        parser.take(b"data: \xff\n");
        assert!(parser.block().is_err());
    }
}
