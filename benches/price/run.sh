#!/usr/bin/env bash
# The cost of pontotel-auth for a user with each kind of TLS, compared with bare reqwest with the same features and three
# other SDKs: crates in the tree, time of a cold release build, size of the stripped program. Each program logs in and
# sends one authenticated request, on Tokio's current-thread runtime, with the newest stable versions.
#
#   bash benches/price/run.sh            all seven, in twenty minutes
#   bash benches/price/run.sh --quick    only bare reqwest and pontotel-auth, in ten minutes
#   … --rounds N    builds reqwest and pontotel-auth with its default TLS N times, in turn; the table shows medians
#                   [default: 3]. The others are built once.
#
# Every build has an empty target folder, and downloads are done beforehand. CPU seconds are steadier than wall-clock
# seconds on a machine with other load.
set -euo pipefail

usage="usage: run.sh [--quick] [--rounds N]"
quick=false
rounds=3
while [ $# -gt 0 ]; do
    case $1 in
    --quick) quick=true ;;
    --rounds) rounds=${2:?"$usage"} && shift ;;
    *) echo "$usage" >&2 && exit 2 ;;
    esac
    shift
done
[[ $rounds =~ ^[1-9][0-9]*$ ]] || { echo "$usage" >&2 && exit 2; }

crates=$(cd "$(dirname "$0")/../../crates" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The same environment for all builds, whatever the shell has set.
unset RUSTFLAGS CARGO_BUILD_RUSTFLAGS CARGO_ENCODED_RUSTFLAGS RUSTC_WRAPPER
export CARGO_INCREMENTAL=0 CARGO_TERM_COLOR=never

# program NAME: reads its dependencies, a line `---`, and its main.rs from the standard input.
program() {
    local folder=$work/$1 line
    mkdir -p "$folder/src"
    {
        printf '[package]\nname = "%s"\nversion = "0.0.0"\nedition = "2024"\n\n[dependencies]\n' "$1"
        echo 'tokio = { version = "1", features = ["macros", "rt"] }'
        while IFS= read -r line && [ "$line" != --- ]; do echo "$line"; done
        printf '\n[profile.release]\nstrip = "symbols"\n'
    } >"$folder/Cargo.toml"
    cat >"$folder/src/main.rs"
    (cd "$folder" && cargo fetch --quiet)
}

program reqwest <<'EOF'
reqwest = { version = "0.13", default-features = false, features = ["http2", "json", "query", "rustls", "system-proxy"] }
serde_json = "1"
---
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [base, username, password] = std::array::from_fn(|i| std::env::args().nth(i + 1).unwrap_or_default());
    let client = reqwest::Client::new();
    let account = serde_json::json!({ "username": username, "password": password });
    let answer = client.post(format!("{base}/login/")).json(&account).send().await?.error_for_status()?;
    let session: serde_json::Value = answer.json().await?;
    let token = session["access_token"].as_str().ok_or("no token")?;
    let answer = client.get(format!("{base}/usuarios/")).bearer_auth(token).send().await?.error_for_status()?;
    println!("{}", answer.json::<serde_json::Value>().await?);
    Ok(())
}
EOF

# ours NAME FEATURES FIRST: with these features of pontotel-auth, and FIRST before all else. Reads more dependencies.
ours() {
    { cat && cat <<EOF; } | program "$1"
pontotel-auth = { path = "$crates/pontotel-auth", $2 }
serde_json = "1"
---
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    $3
    let [base, username, password] = std::array::from_fn(|i| std::env::args().nth(i + 1).unwrap_or_default());
    let builder = pontotel_auth::Client::builder().base_url(base).username(username).password(password);
    let client = builder.build()?;
    println!("{}", client.get("usuarios/").fetch::<serde_json::Value>().await?);
    Ok(())
}
EOF
}
ours pontotel-auth 'default-features = true' '' </dev/null
ours pontotel-auth-native-tls 'default-features = false, features = ["native-tls"]' '' </dev/null
ours pontotel-auth-ring 'default-features = false, features = ["rustls-no-provider"]' \
    'rustls::crypto::ring::default_provider().install_default().map_err(|_| "installed already")?;' <<'EOF'
rustls = { version = "0.23", default-features = false, features = ["ring", "std"] }
EOF

$quick || program google-cloud-auth <<'EOF'
google-cloud-auth = "1"
http = "1"
reqwest = { version = "0.13", default-features = false, features = ["json"] }
serde_json = "1"
---
use google_cloud_auth::credentials::{Builder, CacheableResource};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).unwrap_or_default();
    let credentials = Builder::default().build()?;
    let CacheableResource::New { data: headers, .. } = credentials.headers(http::Extensions::new()).await? else {
        return Err("no headers".into());
    };
    let answer = reqwest::Client::new().get(url).headers(headers).send().await?.error_for_status()?;
    println!("{}", answer.json::<serde_json::Value>().await?);
    Ok(())
}
EOF

$quick || program azure_identity <<'EOF'
azure_core = "1"
azure_identity = "1"
---
use azure_core::http::policies::auth::BearerTokenAuthorizationPolicy;
use azure_core::http::{ClientOptions, Context, Method, Pipeline, Request};
use std::sync::Arc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [url, tenant, client, secret] = std::array::from_fn(|i| std::env::args().nth(i + 1).unwrap_or_default());
    let credential = azure_identity::ClientSecretCredential::new(&tenant, client, secret.into(), None)?;
    let policy = Arc::new(BearerTokenAuthorizationPolicy::new(credential, ["https://management.azure.com/.default"]));
    let pipeline = Pipeline::new(Some("price"), Some("0"), ClientOptions::default(), vec![], vec![policy], None);
    let mut request = Request::new(url.parse()?, Method::Get);
    println!("{:?}", pipeline.send(&Context::new(), &mut request, None).await?.into_body());
    Ok(())
}
EOF

# Its request is STS's AssumeRole, which is signed.
$quick || program aws-config <<'EOF'
aws-config = "1"
aws-credential-types = "1"
---
use aws_config::{BehaviorVersion, sts::AssumeRoleProvider};
use aws_credential_types::provider::ProvideCredentials;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let role = std::env::args().nth(1).unwrap_or_default();
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let provider = AssumeRoleProvider::builder(role).configure(&config).build().await;
    println!("{:?}", provider.provide_credentials().await?);
    Ok(())
}
EOF

# build NAME: adds "WALL CPU", in seconds, to NAME.seconds, and leaves the program's size in NAME.size.
build() {
    local target=$work/target TIMEFORMAT='%R %U %S'
    rm -rf "$target"
    {
        time (cd "$work/$1" && cargo build --quiet --offline --release --target-dir "$target" 2>"$work/$1.log")
    } 2>"$work/time" || { cat "$work/$1.log" >&2 && exit 1; }
    awk '{ print $1, $2 + $3 }' "$work/time" >>"$work/$1.seconds"
    stat -c %s "$target/release/$1" >"$work/$1.size"
}

# median NAME COLUMN
median() {
    awk -v column="$2" '{ print $column }' "$work/$1.seconds" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# The program's own crate is not counted, and a crate that the tree repeats with "(*)" is counted once.
crates_of() {
    (cd "$work/$1" && cargo tree --offline -e normal --prefix none) | sed 's/ (\*)$//' | sort -u | wc -l | awk '{ print $1 - 1 }'
}

version_of() {
    local crate=${1%-native-tls}
    (cd "$work/$1" && cargo tree --offline -e normal --prefix none --depth 1) | awk -v name="${crate%-ring}" '$1 == name { v = $2 } END { print v }'
}

for ((round = 1; round <= rounds; round++)); do
    for name in reqwest pontotel-auth; do
        build "$name"
    done
done
names=(reqwest pontotel-auth pontotel-auth-ring pontotel-auth-native-tls)
$quick || names+=(google-cloud-auth azure_identity aws-config)
for name in "${names[@]:2}"; do
    build "$name"
done

printf '%-24s %-8s %13s %18s %18s %18s\n' "" "" crates "cold build, s" "CPU, s" "stripped, MB"
for name in "${names[@]}"; do
    echo "$name $(version_of "$name") $(crates_of "$name") $(median "$name" 1) $(median "$name" 2) $(cat "$work/$name.size")"
done | awk '
    NR == 1 { crates = $3; wall = $4; cpu = $5; size = $6 }
    {
        printf "%-24s %-8s %6d %+6d %8.1f (%.2f ×) %8.1f (%.2f ×) %8.2f (%.2f ×)\n", $1, $2, $3, $3 - crates,
            $4, $4 / wall, $5, $5 / cpu, $6 / 1e6, $6 / size
    }'
