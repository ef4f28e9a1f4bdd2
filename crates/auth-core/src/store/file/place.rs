//! Where the platform keeps what can be had again.

use std::path::PathBuf;

/// The folder for caches; `None` if the environment does not tell.
pub(super) fn cache_folder(read: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let absolute = |name| read(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if cfg!(windows) {
        absolute("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        Some(absolute("HOME")?.join("Library/Caches"))
    } else {
        absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(all(unix, not(target_os = "macos")))]
    fn caches_are_where_the_environment_says_and_below_the_home_folder_otherwise() {
        let xdg = |name: &str| (name == "XDG_CACHE_HOME").then(|| "/var/cache/maria".to_owned());
        assert_eq!(cache_folder(xdg), Some("/var/cache/maria".into()));
        let home = |name: &str| match name {
            "HOME" => Some("/home/maria".to_owned()),
            "XDG_CACHE_HOME" => Some("relative".to_owned()),
            _ => None,
        };
        assert_eq!(cache_folder(home), Some("/home/maria/.cache".into()));
        assert_eq!(cache_folder(|_| None), None);
    }
}
