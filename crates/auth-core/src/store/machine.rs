//! The machine on which a process runs, as far as others can tell it apart.

use std::fs;
use std::sync::OnceLock;

/// The random number that Linux draws at each start. Unlike a host name it is the same in all containers of a machine,
/// which share its network.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// Returns the name of this machine, or `None` if the system has none that all its containers share.
pub(super) fn name() -> Option<&'static str> {
    static NAME: OnceLock<Option<String>> = OnceLock::new();
    // The kernel answers at once, without a disk.
    let read = || fs::read_to_string(BOOT_ID).ok().filter(|name| !name.trim().is_empty());
    NAME.get_or_init(read).as_deref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_this_machine_stays_the_same() {
        assert_eq!(name(), name());
        assert_eq!(name().is_some(), cfg!(target_os = "linux"));
    }
}
