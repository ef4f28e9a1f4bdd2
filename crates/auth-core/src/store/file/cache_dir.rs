//! The platform's cache folder.

use std::path::PathBuf;

use crate::error::{Error, ErrorKind, Result};

/// The variables that specify the cache folder, and the path below each.
const VARIABLES: &[(&str, &str)] = if cfg!(windows) {
    &[("LOCALAPPDATA", "")]
} else if cfg!(target_os = "macos") {
    &[("HOME", "Library/Caches")]
} else {
    &[("XDG_CACHE_HOME", ""), ("HOME", ".cache")]
};

/// Returns the cache folder. The first variable with an absolute path is used.
pub(super) fn cache_dir(read: impl Fn(&str) -> Option<String>) -> Result<PathBuf> {
    let absolute = |name| read(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let told = VARIABLES.iter().find_map(|(name, below)| Some(absolute(name)?.join(below)));
    told.ok_or_else(|| {
        let names: Vec<_> = VARIABLES.iter().map(|(name, _)| *name).collect();
        let found = VARIABLES.iter().filter_map(|(name, _)| Some(format!(" ({name} is {:?})", read(name)?)));
        let message = format!(
            "no cache folder: set {} to an absolute path{}, or use FileStore::at",
            names.join(" or "),
            found.collect::<String>()
        );
        Error::new(ErrorKind::Config, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(all(unix, not(target_os = "macos")))]
    fn caches_are_where_the_environment_says_and_below_the_home_folder_otherwise() {
        let xdg = |name: &str| (name == "XDG_CACHE_HOME").then(|| "/var/cache/maria".to_owned());
        assert_eq!(cache_dir(xdg).unwrap(), PathBuf::from("/var/cache/maria"));
        let home = |name: &str| match name {
            "HOME" => Some("/home/maria".to_owned()),
            "XDG_CACHE_HOME" => Some("relative".to_owned()),
            _ => None,
        };
        assert_eq!(cache_dir(home).unwrap(), PathBuf::from("/home/maria/.cache"));
    }

    /// A container often has no home directory.
    #[test]
    #[cfg(all(unix, not(target_os = "macos")))]
    fn without_a_home_the_error_says_what_to_set_and_which_call_takes_a_folder() {
        let error = cache_dir(|_| None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        let text = "no cache folder: set XDG_CACHE_HOME or HOME to an absolute path, or use FileStore::at";
        assert_eq!(error.to_string(), text);
        let relative = |name: &str| (name == "HOME").then(|| "app".to_owned());
        assert!(cache_dir(relative).unwrap_err().to_string().contains(r#"(HOME is "app")"#));
        let empty = |_: &str| Some(String::new());
        assert!(cache_dir(empty).is_err());
    }
}
