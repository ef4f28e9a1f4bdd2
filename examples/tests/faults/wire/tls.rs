//! Certificates: one that is right, and three that are not.

use std::sync::{Arc, LazyLock};

use api4com_auth::auth_core::reqwest::Certificate;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    WrongHost,
    Expired,
    UnknownAuthority,
}

/// Created once, because generating keys takes time.
struct Certificates {
    authority: CertificateDer<'static>,
    right: Arc<ServerConfig>,
    wrong_host: Arc<ServerConfig>,
    expired: Arc<ServerConfig>,
    unknown_authority: Arc<ServerConfig>,
}

static CERTIFICATES: LazyLock<Certificates> = LazyLock::new(|| {
    let (authority, known) = issuer();
    let (_, unknown) = issuer();
    Certificates {
        authority,
        right: server("127.0.0.1", 2120, &known),
        wrong_host: server("other.test", 2120, &known),
        expired: server("127.0.0.1", 2020, &known),
        unknown_authority: server("127.0.0.1", 2120, &unknown),
    }
});

/// Returns the only certificate authority that the clients trust.
pub(crate) fn authority() -> Certificate {
    Certificate::from_der(&CERTIFICATES.authority).expect("a certificate")
}

pub(crate) fn right() -> Arc<ServerConfig> {
    Arc::clone(&CERTIFICATES.right)
}

pub(crate) fn with(flaw: Flaw) -> Arc<ServerConfig> {
    Arc::clone(match flaw {
        Flaw::WrongHost => &CERTIFICATES.wrong_host,
        Flaw::Expired => &CERTIFICATES.expired,
        Flaw::UnknownAuthority => &CERTIFICATES.unknown_authority,
    })
}

fn issuer() -> (CertificateDer<'static>, Issuer<'static, KeyPair>) {
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&key).expect("a certificate").der().clone();
    (certificate, Issuer::new(params, key))
}

fn server(host: &str, until: i32, issuer: &Issuer<'_, KeyPair>) -> Arc<ServerConfig> {
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new([host.to_owned()]).expect("a host");
    params.not_before = date_time_ymd(2019, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    let certificate = params.signed_by(&key, issuer).expect("a certificate").der().clone();
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("protocol versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a key that fits");
    Arc::new(config)
}
