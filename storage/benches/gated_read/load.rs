//! Clients that cost as little as can be: each sends one request again and again over one connection.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use axum::{body::Body, http::Request};
use memchr::memmem;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// How much of it.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    pub connections: usize,
    pub duration: Duration,
}

/// What came of it.
#[derive(Default)]
pub struct Measured {
    latencies: Vec<Duration>,
    elapsed: Duration,
    cpu_seconds: f64,
}

impl Measured {
    /// Adds a round.
    pub fn add(&mut self, round: Self) {
        self.latencies.extend(round.latencies);
        self.elapsed += round.elapsed;
        self.cpu_seconds += round.cpu_seconds;
    }

    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    pub fn requests_per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// Of server and clients together, a request: what is left of the measurement where others use the machine too.
    pub fn cpu_us(&self) -> f64 {
        self.cpu_seconds * 1e6 / self.latencies.len() as f64
    }

    pub fn json(&mut self) -> serde_json::Value {
        self.latencies.sort_unstable();
        let at = |share: f64| self.latencies[((self.latencies.len() - 1) as f64 * share) as usize];
        serde_json::json!({
            "requests_per_second": self.requests_per_second().round(),
            "p50_us": at(0.5).as_micros() as u64,
            "p99_us": at(0.99).as_micros() as u64,
            "cpu_us": (self.cpu_us() * 10.0).round() / 10.0,
        })
    }
}

/// Sends `request` over every connection, until the time is over.
pub async fn measure(address: SocketAddr, request: &[u8], load: Load) -> Measured {
    let (begun, cpu) = (Instant::now(), cpu_seconds());
    let clients =
        (0..load.connections).map(|_| tokio::spawn(client(address, request.to_vec(), begun + load.duration)));
    let latencies = futures::future::join_all(clients).await;
    let (elapsed, cpu_seconds) = (begun.elapsed(), cpu_seconds() - cpu);
    let latencies = latencies.into_iter().flat_map(|latencies| latencies.expect("a client ends well"));
    Measured { latencies: latencies.collect(), elapsed, cpu_seconds }
}

/// Processor time of this process so far; 0 where there is no `/proc`.
fn cpu_seconds() -> f64 {
    const TICKS_A_SECOND: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() / TICKS_A_SECOND
}

async fn client(address: SocketAddr, request: Vec<u8>, until: Instant) -> Vec<Duration> {
    let mut stream = TcpStream::connect(address).await.expect("the server accepts");
    stream.set_nodelay(true).expect("an option is set");
    let mut latencies = Vec::new();
    let mut buffer = vec![0; 16 * 1024];
    while Instant::now() < until {
        let sent = Instant::now();
        stream.write_all(&request).await.expect("the server reads");
        read_answer(&mut stream, &mut buffer).await;
        latencies.push(sent.elapsed());
    }
    latencies
}

/// Reads headers and as many bytes of body as they say; anything but a success ends the measurement.
async fn read_answer(stream: &mut TcpStream, buffer: &mut [u8]) {
    const LENGTH: &[u8] = b"content-length: ";
    let mut filled = 0;
    loop {
        let read = stream.read(&mut buffer[filled..]).await.expect("the server answers");
        assert!(read > 0, "the server closed the connection");
        filled += read;
        let Some(end) = memmem::find(&buffer[..filled], b"\r\n\r\n") else { continue };
        let head = &buffer[..end];
        assert!(head.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&buffer[..filled]));
        let digits = memmem::find(head, LENGTH).map(|at| &head[at + LENGTH.len()..]).expect("a length");
        let length =
            digits.iter().take_while(|c| c.is_ascii_digit()).fold(0, |n, c| n * 10 + usize::from(c - b'0'));
        let missing = (end + 4 + length).saturating_sub(filled);
        if missing > 0 {
            stream
                .read_exact(&mut buffer[filled..filled + missing])
                .await
                .expect("the server answers in full");
        }
        return;
    }
}

/// A request without a body as it goes over the wire.
pub fn request_bytes(request: &Request<Body>) -> Vec<u8> {
    let mut text = format!("{} {} HTTP/1.1\r\n", request.method(), request.uri());
    for (name, value) in request.headers() {
        text.push_str(&format!("{name}: {}\r\n", value.to_str().expect("text")));
    }
    text.push_str("\r\n");
    text.into_bytes()
}
