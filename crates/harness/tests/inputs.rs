//! Each input distribution through kernels of each kind on a real device: the reference's bounds hold for all of them.

use joulemark_gpu::Adapter;
use joulemark_harness::{Scale, Suite, verify};

#[test]
fn bounds_hold_for_every_distribution() {
    let text = r#"
        name = "inputs"
        description = "Every distribution."
        hypothesis = "None."
        direction = "none"
        [[entries]]
        workload = "product"
        algorithms = ["register_only", "strassen"]
        precisions = "all"
        inputs = ["zeros", "ones", "normal", "sorted", "few_bits", "sparse5", "random_bits", "pruned7", "rank3"]
        problems = ["24x40x72"]
        [[entries]]
        workload = "structure"
        algorithms = ["csr", "low_rank"]
        precisions = "all"
        inputs = ["uniform", "pruned50", "pruned7", "rank3", "rank20"]
        problems = ["24x40x72relu", "3b9x31x44ta"]
        [[entries]]
        workload = "layer"
        algorithms = ["direct", "winograd_f4"]
        inputs = ["zeros", "ones", "normal", "sorted", "few_bits", "sparse5", "random_bits"]
        problems = ["n1c8h9w9k8r3s3p1"]
    "#;
    let gpu = Adapter::choose(None).unwrap().open().unwrap();
    let cases = Suite::read("inputs.toml", text).unwrap().cases(Scale::Small);
    assert!(cases.len() >= 7 * 7, "{}", cases.len());
    for case in cases {
        let outcome = verify(&gpu, &case, 3);
        outcome
            .result
            .unwrap_or_else(|failure| panic!("{}: {}", outcome.case_id, failure.reason));
    }
}
