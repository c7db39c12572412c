//! RAPL end to end, through rapl-energy and the sampler's thread, on a powercap tree of our own at the very place where
//! the crate looks: `/sys`, in a private mount namespace. That takes root, so this test brings its own main function, which
//! runs the scenarios where it may and is ignored with the reason where it may not.

#[cfg(all(target_os = "linux", feature = "rapl"))]
mod live;

fn main() -> std::process::ExitCode {
    #[cfg(all(target_os = "linux", feature = "rapl"))]
    return live::main();
    #[cfg(not(all(target_os = "linux", feature = "rapl")))]
    {
        println!("test rapl_through_rapl_energy ... ignored, needs Linux and the feature `rapl`");
        std::process::ExitCode::SUCCESS
    }
}
