//! A certificate authority for one run, which clients trust as one of the system's.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, version::TLS13};

use crate::Result;

/// The files in which Linux distributions keep all authorities.
const SYSTEM: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem"];

/// An authority, and a file of it and the system's: a client that is started with `SSL_CERT_FILE` set to it does the
/// system's work, and trusts this one too.
#[derive(Debug)]
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    file: PathBuf,
    /// The number of authorities in the file.
    pub count: usize,
}

impl Authority {
    /// Creates an authority, and its file.
    ///
    /// # Errors
    ///
    /// Fails if the system keeps its authorities elsewhere.
    pub fn new() -> Result<Self> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "an authority of a bench");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let own = params.self_signed(&key)?.pem();
        let system = SYSTEM.iter().find_map(|path| fs::read_to_string(path).ok());
        let all = system.ok_or_else(|| format!("the system's authorities are in none of {SYSTEM:?}"))? + &own;
        let file = std::env::temp_dir().join(format!("bench-wire-{}.pem", std::process::id()));
        fs::write(&file, &all)?;
        Ok(Self { issuer: Issuer::new(params, key), file, count: all.matches("BEGIN CERTIFICATE").count() })
    }

    /// Returns the configuration of a server on loopback that speaks only TLS 1.3.
    ///
    /// # Errors
    ///
    /// Fails if no certificate can be created.
    pub fn server(&self) -> Result<ServerConfig> {
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new(["127.0.0.1".to_owned()])?.signed_by(&key, &self.issuer)?;
        Ok(ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&[&TLS13])?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))?)
    }

    /// The file of all authorities.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        // A file that stays in the folder for temporary files harms nobody.
        drop(fs::remove_file(&self.file));
    }
}
