//! Installs packages of the system where that is ours to do: on Debian and Ubuntu, as root or with a sudo that asks for no password.
//! Elsewhere says what to install.

use std::path::Path;

use anyhow::{Result, bail};

use crate::command::{Run, find, say};

/// Installs packages. `lacking` says what is needed and where it was looked for; `instead`, what to do on other systems.
pub fn install(lacking: &str, packages: &[&str], instead: &str) -> Result<()> {
    let packages = packages.join(" ");
    if !Path::new("/etc/debian_version").is_file() || find("apt-get").is_none() {
        bail!("{lacking}. {instead}; on Debian and Ubuntu: {packages}");
    }
    let Some(prefix) = privilege() else {
        bail!("{lacking}. As root: apt-get update && apt-get install -y --no-install-recommends {packages}");
    };
    say(&format!("installing {packages} (once)"));
    let advice = format!("If this machine has no network now, run the same command again when it has, or install yourself: {packages}");
    let apt = |arguments: &str| {
        let words = prefix.iter().copied().chain(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]).collect::<Vec<_>>();
        Run::new(words[0]).args(&words[1..]).line(arguments).advice(&advice).run()
    };
    // A list of packages that could not be renewed may still be good enough.
    if let Err(error) = apt("update --quiet") {
        say(&format!("{error:#}"));
    }
    apt(&format!("install --quiet -y --no-install-recommends {packages}"))
}

/// What makes a command root's: nothing if we are, sudo if it does not ask; `None` if it is not ours to do.
fn privilege() -> Option<&'static [&'static str]> {
    let root = Run::new("id").args(["-u"]).read().is_ok_and(|id| id.trim() == "0");
    let sudo = || Run::new("sudo").line("-n true").read().is_ok();
    match root {
        true => Some(&[]),
        false => sudo().then_some(&["sudo", "-n"]),
    }
}
