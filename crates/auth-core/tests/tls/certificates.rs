//! An authority that a test makes, and certificates that it signs.

use std::sync::Arc;

use rcgen::{BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{WantsServerCert, WebPkiClientVerifier};
use rustls::{ConfigBuilder, RootCertStore, ServerConfig};

/// The year in which a certificate ends.
pub(crate) const VALID: i32 = 2120;
pub(crate) const EXPIRED: i32 = 2020;

pub(crate) struct Authority {
    pub(crate) certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        // OpenSSL takes a certificate for self-signed whose authority has the same name.
        params.distinguished_name.push(DnType::CommonName, "an authority of tests");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap().into();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    /// Returns the configuration of a server of this host.
    pub(crate) fn sign(&self, host: &str, until: i32) -> ServerConfig {
        let builder = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
        self.certify(builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth(), host, until)
    }

    /// Returns the configuration of a server of this host that demands a client's certificate of this authority.
    pub(crate) fn sign_for_clients_of_its_own(&self, host: &str) -> ServerConfig {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        self.certify(builder.with_client_cert_verifier(clients.build().unwrap()), host, VALID)
    }

    fn certify(&self, builder: ConfigBuilder<ServerConfig, WantsServerCert>, host: &str, until: i32) -> ServerConfig {
        let (certificate, key) = self.issue(host, until);
        builder.with_single_cert(vec![certificate.into()], PrivateKeyDer::Pkcs8(key.serialize_der().into())).unwrap()
    }

    /// Returns a client's certificate and its key, as PEM.
    pub(crate) fn client(&self) -> (String, String) {
        let (certificate, key) = self.issue("client.test", VALID);
        (certificate.pem(), key.serialize_pem())
    }

    fn issue(&self, name: &str, until: i32) -> (Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2019, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }
}
