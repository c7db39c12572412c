//! RAPL end to end, through our own reader or rapl-energy (as the feature says) and the sampler's thread, on a powercap tree of our own at the very place where
//! the crate looks: `/sys`, in a private mount namespace. That takes root, so this test brings its own main function, which
//! runs the scenarios where it may and is ignored with the reason where it may not.

#[cfg(target_os = "linux")]
mod live;

fn main() -> std::process::ExitCode {
    #[cfg(target_os = "linux")]
    return live::main();
    #[cfg(not(target_os = "linux"))]
    {
        println!("test rapl_through_rapl_energy ... ignored, needs Linux");
        std::process::ExitCode::SUCCESS
    }
}
