//! Hands the versions of what the harness was built with to the manifest.

use std::process::Command;

fn main() {
    let output = |program: &str, arguments: &[&str]| {
        let output = Command::new(program)
            .args(arguments)
            .output()
            .ok()
            .filter(|output| output.status.success())?;
        String::from_utf8(output.stdout)
            .ok()
            .map(|text| text.trim().to_string())
    };
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    println!(
        "cargo:rustc-env=BUILT_WITH_RUSTC={}",
        output(&rustc, &["--version"]).unwrap_or_default()
    );
    let revision = output(
        "git",
        &["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
    );
    println!("cargo:rustc-env=BUILT_FROM_REVISION={}", revision.unwrap_or_default());
    let lock = std::fs::read_to_string("../../Cargo.lock").unwrap_or_default();
    let wgpu = lock.split("[[package]]").find_map(|package| {
        let rest = package.split_once("name = \"wgpu\"\nversion = \"")?.1;
        rest.split('"').next()
    });
    println!("cargo:rustc-env=BUILT_WITH_WGPU={}", wgpu.unwrap_or_default());
    println!("cargo:rerun-if-changed=../../Cargo.lock");
    println!("cargo:rerun-if-changed=../../.git/logs/HEAD");
}
