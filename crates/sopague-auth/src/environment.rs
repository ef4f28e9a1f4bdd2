// Written by `cargo xtask codegen` from crates/sopague-auth/openapi.json: change that, and run it again.
//! The environments of Sopague.

/// An environment of Sopague. Each environment has its own secrets. Its base URL is
/// [`Api::base_url`](crate::Api::base_url).
///
/// ```
/// use sopague_auth::Environment;
///
/// assert_eq!(Environment::default(), Environment::Production);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Environment {
    /// The production environment, which answers only servers whose IP address Sopague has registered. The default.
    ///
    /// Source: [Sopague, Authentication](https://docs.sopague.com.br/en/autenticacao);
    /// [Sopague, Consultar Transações](https://docs.sopague.com.br/conciliacao/conciliacaoAPI/consultaTransacao).
    #[default]
    Production,
    /// The test environment: `homologação`, which others call sandbox or staging.
    ///
    /// Source: [Sopague, Authentication](https://docs.sopague.com.br/en/autenticacao);
    /// [Sopague, Consultar Transações](https://docs.sopague.com.br/conciliacao/conciliacaoAPI/consultaTransacao).
    Homologation,
}
