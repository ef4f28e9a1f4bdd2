// Written by `cargo xtask codegen` from crates/sopague-auth/openapi.json: change that, and run it again.
//! The servers of Sopague.

/// Which of Sopague's environments; each has secrets of its own. Its address is
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
    /// The real one, which answers only to servers whose IP address Sopague has registered. The default.
    ///
    /// Source: [Sopague, Authentication](https://docs.sopague.com.br/en/autenticacao);
    /// [Sopague, Consultar Transações](https://docs.sopague.com.br/conciliacao/conciliacaoAPI/consultaTransacao).
    #[default]
    Production,
    /// For trials: `homologação`, which others call sandbox or staging.
    ///
    /// Source: [Sopague, Authentication](https://docs.sopague.com.br/en/autenticacao);
    /// [Sopague, Consultar Transações](https://docs.sopague.com.br/conciliacao/conciliacaoAPI/consultaTransacao).
    Homologation,
}
