//! Benchmarks of the whole recipe, from text or a typed struct to hex, beside its floor and its peers.
//!
//! ```sh
//! cargo bench -p signed-api-auth --bench signing
//! ```
//!
//! `floor` copies the body and signs it with a ready key. `serde_json_canonicalizer` is RFC 8785 with a key that is set
//! up for each request. `value` is a sorted `serde_json::Value`, the usual handwritten solution, whose numbers differ
//! from the server's. `node` is Node.js, if it is installed: parse, sort, stringify, node:crypto.

#![allow(clippy::unwrap_used, clippy::wildcard_imports, reason = "a bench is a test")]

use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use divan::Bencher;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::Sha512;
use signed_api_auth::signing::{Signature, SignedBody, SigningKey};

const TOKEN: &str = "a1b2c3d4e5f60718293a4b5c6d7e8f90";
const SIZES: [usize; 3] = [300, 10 << 10, 1 << 20];

fn main() {
    divan::main();
}

#[divan::bench_group(min_time = 1)]
mod text {
    use super::*;

    #[divan::bench(args = SIZES)]
    fn a_floor(bencher: Bencher, size: usize) {
        let (key, text) = (SigningKey::new(TOKEN), text(size));
        let canonical = SignedBody::json(&text);
        let canonical = canonical.canonical().unwrap_or_default();
        let schedule = Hmac::<Sha512>::new_from_slice(TOKEN.as_bytes()).unwrap();
        assert_eq!(floor(&schedule, canonical).1, sign(&key, &text).as_str());
        bencher.bench(|| floor(&schedule, black_box(canonical)));
    }

    #[divan::bench(args = SIZES)]
    fn b_this_crate(bencher: Bencher, size: usize) {
        let (key, text) = (SigningKey::new(TOKEN), text(size));
        bencher.bench(|| sign(&key, black_box(&text)));
    }

    #[divan::bench(args = SIZES)]
    fn c_serde_json_canonicalizer(bencher: Bencher, size: usize) {
        let text = text(size);
        bencher.bench(|| {
            let value: serde_json::Value = serde_json::from_str(black_box(&text)).unwrap();
            setup_and_sign(&serde_json_canonicalizer::to_vec(&value).unwrap())
        });
    }

    #[divan::bench(args = SIZES)]
    fn d_value(bencher: Bencher, size: usize) {
        let text = text(size);
        bencher.bench(|| {
            let value: serde_json::Value = serde_json::from_str(black_box(&text)).unwrap();
            setup_and_sign(&serde_json::to_vec(&value).unwrap())
        });
    }
}

#[divan::bench_group(min_time = 1)]
mod typed {
    use super::*;

    #[divan::bench(args = SIZES)]
    fn b_this_crate(bencher: Bencher, size: usize) {
        let (key, payment) = (SigningKey::new(TOKEN), payment(size));
        bencher.bench(|| key.sign(&SignedBody::value(black_box(&payment))).unwrap());
    }

    #[divan::bench(args = SIZES)]
    fn c_serde_json_canonicalizer(bencher: Bencher, size: usize) {
        let payment = payment(size);
        bencher.bench(|| setup_and_sign(&serde_json_canonicalizer::to_vec(black_box(&payment)).unwrap()));
    }

    #[divan::bench(args = SIZES)]
    fn d_value(bencher: Bencher, size: usize) {
        let payment = payment(size);
        bencher.bench(|| {
            let value = serde_json::to_value(black_box(&payment)).unwrap();
            setup_and_sign(&serde_json::to_vec(&value).unwrap())
        });
    }
}

/// 100,000 unordered keys with a common start of this length, which an attacker may send to a server that verifies
/// signatures.
#[divan::bench_group(sample_count = 5, sample_size = 1)]
mod keys_that_begin_alike {
    use super::*;

    const PREFIXES: [usize; 3] = [24, 100, 1000];

    #[divan::bench(args = PREFIXES)]
    fn b_this_crate(bencher: Bencher, prefix: usize) {
        let (key, text) = (SigningKey::new(TOKEN), alike(prefix));
        bencher.bench(|| sign(&key, black_box(&text)));
    }

    #[divan::bench(args = PREFIXES)]
    fn e_node(bencher: Bencher, prefix: usize) {
        let text = alike(prefix);
        let Some(mut node) = Node::start(&text) else {
            return eprintln!("node is not installed, so it is not compared");
        };
        assert_eq!(node.sign(), sign(&SigningKey::new(TOKEN), &text).as_str());
        bencher.bench_local(|| node.sign());
    }

    fn alike(prefix: usize) -> String {
        const COUNT: usize = 100_000;
        let prefix = "k".repeat(prefix);
        let members: Vec<_> = (0..COUNT).map(|i| format!("\"{prefix}{:06}\":{i}", i * 7919 % COUNT)).collect();
        format!("{{{}}}", members.join(","))
    }
}

/// A process that signs the same text repeatedly.
struct Node(Child, BufReader<std::process::ChildStdout>);

impl Node {
    fn start(text: &str) -> Option<Self> {
        const RECIPE: &str = "
            const [path, key] = process.argv.slice(1);
            const text = require('fs').readFileSync(path, 'utf8');
            const sorted = value => Array.isArray(value) ? value.map(sorted) : value && typeof value === 'object'
                ? Object.fromEntries(Object.keys(value).sort().map(key => [key, sorted(value[key])])) : value;
            process.stdin.on('data', () => {
                const canonical = JSON.stringify(sorted(JSON.parse(text)));
                console.log(require('crypto').createHmac('sha512', key).update(canonical).digest('hex'));
            });
            console.log('ready');";
        let file = std::env::temp_dir().join(format!("signing-bench-{}.json", std::process::id()));
        std::fs::write(&file, text).unwrap();
        let mut command = Command::new("node");
        command.arg("-e").arg(RECIPE).arg(&file).arg(TOKEN).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().ok()?;
        let mut answers = BufReader::new(child.stdout.take()?);
        answers.read_line(&mut String::new()).unwrap();
        std::fs::remove_file(file).unwrap();
        Some(Self(child, answers))
    }

    fn sign(&mut self) -> String {
        self.0.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
        let mut signature = String::new();
        self.1.read_line(&mut signature).unwrap();
        signature.truncate(128);
        signature
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// A replay with a new key, for which the canonical text exists already.
#[divan::bench(args = SIZES)]
fn sign_again(bencher: Bencher, size: usize) {
    let (key, body) = (SigningKey::new(TOKEN), SignedBody::json(text(size)));
    bencher.bench(|| key.sign(black_box(&body)).unwrap());
}

fn sign(key: &SigningKey, text: &str) -> Signature {
    key.sign(&SignedBody::json(text)).unwrap()
}

fn floor(schedule: &Hmac<Sha512>, text: &str) -> (Vec<u8>, String) {
    let copy = text.as_bytes().to_vec();
    let mac = hex(schedule.clone().chain_update(&copy));
    (copy, mac)
}

fn setup_and_sign(text: &[u8]) -> String {
    hex(Hmac::<Sha512>::new_from_slice(TOKEN.as_bytes()).unwrap().chain_update(text))
}

fn hex(mac: Hmac<Sha512>) -> String {
    let mut hex = String::with_capacity(128);
    for byte in mac.finalize().into_bytes() {
        for nibble in [byte >> 4, byte & 0xF] {
            hex.push(char::from(b"0123456789abcdef"[usize::from(nibble)]));
        }
    }
    hex
}

/// Returns the JSON text of a payment of about this size in bytes.
fn text(size: usize) -> String {
    serde_json::to_string(&payment(size)).unwrap()
}

/// Returns a payment whose fields are declared in no order.
fn payment(size: usize) -> Payment {
    let item = |i: u32| Item {
        sku: format!("SKU-{i:06}"),
        name: "Raspadinha da Sorte — edição especial".to_owned(),
        quantity: 1 + i % 7,
        price: f64::from(1_000 + i * 37 % 90_000) / 100.0,
        included: i.is_multiple_of(2),
    };
    let customer = Customer { name: "Ana Lúcia", email: "ana@example.com", document: "12345678901" };
    let mut payment = Payment {
        profile_id: "5f0c6a3e-6d3b-4a1f-9d55-1f1f3f1b8f4e",
        currency: "BRL",
        amount: 1_234.56,
        customer,
        items: vec![],
    };
    let length = |payment: &Payment| serde_json::to_string(payment).map_or(0, |text| text.len());
    let none = length(&payment);
    payment.items.push(item(1_234));
    let one = length(&payment) - none;
    let count = u32::try_from(size.saturating_sub(none) / one).unwrap_or(u32::MAX).max(1);
    payment.items = (0..count).map(item).collect();
    payment
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Payment {
    profile_id: &'static str,
    currency: &'static str,
    amount: f64,
    customer: Customer,
    items: Vec<Item>,
}

#[derive(Serialize)]
struct Customer {
    name: &'static str,
    email: &'static str,
    document: &'static str,
}

#[derive(Serialize)]
struct Item {
    sku: String,
    name: String,
    quantity: u32,
    price: f64,
    included: bool,
}
