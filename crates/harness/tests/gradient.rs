//! Backward passes of convolutions on the adapter at hand, in each precision, with strides, dilation, uneven padding and groups.

use joulemark_harness::{Case, Options, device, verify};
use joulemark_kernels::{Precision, Problem, catalogue};
use joulemark_records::Status;

#[test]
fn gradients_are_verified_like_the_rest() {
    let gpu = device(&Options::default()).unwrap();
    let mut verified = 0;
    for conv in [
        "n2c6h7w5k4r3s2t2-1p1-0-2-1d1-2g2",
        "n1c3h9w8k5r3s3p1",
        "n2c4h6w9k8r1s1t2",
        "n1c64h24w24k64r3s3p1",
    ] {
        for problem in ["dx", "dw"].map(|by| format!("{by}-{conv}").parse::<Problem>().unwrap()) {
            for algorithm in catalogue::all().filter(|algorithm| algorithm.op() == problem.op()) {
                for precision in Precision::ALL {
                    match verify(&gpu, &Case::new(algorithm, precision, problem), 1).result {
                        Ok(check) => verified += u32::from(check.is_verified()),
                        Err(failure) => assert_eq!(
                            failure.status,
                            Status::Refused,
                            "{algorithm} {problem}: {}",
                            failure.reason
                        ),
                    }
                }
            }
        }
    }
    assert_eq!(verified, 4 * 2 * 3);
}
