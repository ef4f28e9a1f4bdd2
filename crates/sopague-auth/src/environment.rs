//! Real work or trials.

/// Which of Sopague's environments; each has users of its own. Its address is
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
    #[default]
    Production,
    /// For trials: `homologação`, which others call sandbox or staging.
    Homologation,
}
