//! The catalogue without a GPU: every kernel × variant parses and validates, refuses with reasons, counts right.

use joulemark_base::device_class::DeviceClass;
use joulemark_kernels::reference::{ErrorBound, Magnitudes, compute, verify};
use joulemark_kernels::{
    Chain, Conv2d, DeviceProfile, Distribution, Element, Function, Matmul, Op, Precision, Problem, Tensor, catalogue,
    prepare,
};
use proptest::prelude::*;

/// What the largest common GPUs offer: variants that need more than the portable limits are listed too.
fn large_device(class: DeviceClass) -> DeviceProfile {
    DeviceProfile {
        max_workgroup_storage_bytes: 48 << 10,
        max_invocations_per_workgroup: 1024,
        ..DeviceProfile::portable(class)
    }
}

fn problems(op: Op) -> Vec<Problem> {
    let texts: &[&str] = match op {
        Op::Matmul => &["1x1x1", "64x64x64", "3b31x37x41tatb", "128x128x4096", "65x33x17relu"],
        Op::Conv2d => &[
            "n1c1h1w1k1r1s1",
            "n2c8h9w11k6r3s3t2-1p1-0-2-1d1-2g2",
            "n1c16h14w14k16r3s3p1g16",
            "n2c6h9w7k10r3s3p1g2relu",
            "n2c5h7w9k7r1s1relu",
        ],
        Op::Calibration => &[
            "w1copy",
            "w1000copy",
            "w1001fma37",
            "w64fma0",
            "w1001dot5",
            "w7add512",
            "w7mul3",
            "w7div2",
            "w7exp2",
            "w7tanh33",
            "w7srelu",
        ],
        Op::Gradient => &[
            "dx-n2c8h9w11k6r3s3t2-1p1-0-2-1d1-2g2",
            "dw-n2c8h9w11k6r3s3t2-1p1-0-2-1d1-2g2",
            "dx-n1c1h1w1k1r1s1",
            "dw-n1c1h1w1k1r1s1",
        ],
        Op::Custom => &[],
    };
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn validate(wgsl: &str) {
    let module =
        naga::front::wgsl::parse_str(wgsl).unwrap_or_else(|error| panic!("{}\n{wgsl}", error.emit_to_string(wgsl)));
    naga::valid::Validator::new(naga::valid::ValidationFlags::all(), naga::valid::Capabilities::all())
        .validate(&module)
        .unwrap_or_else(|error| panic!("{}\n{wgsl}", error.emit_to_string(wgsl)));
}

#[test]
fn every_variant_parses_and_validates() {
    let (mut count, mut longest) = (0, 0);
    for algorithm in catalogue::all() {
        for precision in Precision::ALL {
            for variant in algorithm.variants(precision) {
                for problem in problems(algorithm.op()) {
                    let device = large_device(DeviceClass::Discrete);
                    if algorithm.supports(&problem, precision, &variant).is_err() {
                        continue;
                    }
                    let plan = prepare(algorithm, &problem, precision, &variant, &device)
                        .unwrap_or_else(|e| panic!("{}/{precision} {variant} on {problem}: {e}", algorithm.name()));
                    for pass in &plan.passes {
                        validate(&pass.wgsl);
                        longest = longest.max(pass.wgsl.len());
                        count += 1;
                    }
                }
            }
        }
    }
    assert!(count >= 400, "only {count} shaders were validated");
    assert!(longest < 64 << 10, "a listed variant has {longest} bytes of WGSL");
}

#[test]
fn defaults_are_listed_fit_the_portable_limits_and_compose_deterministically() {
    for algorithm in catalogue::all() {
        for precision in Precision::ALL {
            for class in [
                DeviceClass::Discrete,
                DeviceClass::Integrated,
                DeviceClass::Cpu,
                DeviceClass::Other,
            ] {
                let variant = algorithm.default_variant(precision, class);
                assert!(
                    algorithm.variants(precision).contains(&variant),
                    "{}: {variant} is not listed",
                    algorithm.name()
                );
                for problem in problems(algorithm.op()) {
                    if algorithm.supports(&problem, precision, &variant).is_err() {
                        continue;
                    }
                    let portable = DeviceProfile::portable(class);
                    let [plan, again] =
                        [(); 2].map(|()| prepare(algorithm, &problem, precision, &variant, &portable).unwrap());
                    assert_eq!(plan, again);
                    assert!(plan.buffers[plan.output()].bytes() > 0);
                }
            }
        }
    }
}

#[test]
fn refusals_are_sentences() {
    let device = DeviceProfile::portable(DeviceClass::Discrete);
    let refuse = |kernel: &str, problem: Problem, variant: &str| {
        let (op, name) = kernel.split_once('/').unwrap();
        let algorithm = catalogue::find(op.parse().unwrap(), name).unwrap();
        let variant = algorithm.variants(Precision::F32)[0].with(variant).unwrap();
        prepare(algorithm, &problem, Precision::F32, &variant, &device)
            .unwrap_err()
            .to_string()
    };
    let square = |size| Problem::Matmul(Matmul::new(size, size, size));
    let conv = Conv2d::new([1, 4, 5, 5], [4, 3, 3]);
    let cases = [
        (
            refuse("matmul/naive", square(0), ""),
            "m is 0, every dimension must be at least 1",
        ),
        (
            refuse("matmul/naive", square(46341), ""),
            "tensor A [1, 46341, 46341] has more than 2^31 - 1 elements",
        ),
        (
            refuse("matmul/naive", square(8192), ""),
            "buffer `A` needs 268435456 bytes, more than the 134217728",
        ),
        (
            refuse("matmul/naive", square(8), "workgroup_x=64"),
            "1024 invocations per workgroup, this adapter allows 256",
        ),
        (
            refuse("matmul/register_blocked", square(8), "tile_n=6"),
            "block_n over tile_n: 64 is not a multiple of 6",
        ),
        (
            refuse("conv2d/direct", square(8), ""),
            "conv2d/direct does not compute a matmul",
        ),
        (
            refuse("conv2d/im2col", Problem::Conv2d(conv), "staged=0"),
            "staged=0 takes the parameters tile_m, tile_n, workgroup_x, workgroup_y, which",
        ),
        (
            refuse("conv2d/implicit_gemm", Problem::Conv2d(conv), "staged=1"),
            "staged=1 takes the parameters",
        ),
        (
            refuse("matmul/split_k", square(8), "staged=0"),
            "staged=0 takes the parameters",
        ),
        (
            refuse("conv2d/direct", Problem::Conv2d(conv.groups(3)), ""),
            "input channels c = 4 cannot be split into 3",
        ),
        (
            refuse("conv2d/im2col", Problem::Conv2d(Conv2d { r: 7, ..conv }), ""),
            "the filter spans 7 in height, more than the padded input's 5",
        ),
    ];
    for (got, want) in cases {
        assert!(got.contains(want), "`{got}` does not say `{want}`");
    }
    assert!(
        catalogue::find(Op::Matmul, "nave")
            .err()
            .unwrap()
            .to_string()
            .contains("there are naive, vectorized, tiled")
    );
}

/// An independent convolution, loop by loop, to hold the reference against.
fn seven_loops(conv: &Conv2d, x: &[f32], w: &[f32]) -> Vec<f64> {
    let at = |n: u32, c: u32, y: i64, z: i64| {
        let inside = y >= 0 && z >= 0 && y < conv.h.into() && z < conv.w.into();
        let row = i64::from(n * conv.c + c) * i64::from(conv.h) + y;
        if inside {
            f64::from(x[(row * i64::from(conv.w) + z) as usize])
        } else {
            0.0
        }
    };
    let (per_group, filters) = (conv.c / conv.groups, conv.k / conv.groups);
    let mut out = Vec::new();
    for n in 0..conv.n {
        for k in 0..conv.k {
            for p in 0..i64::from(conv.p()) {
                for q in 0..i64::from(conv.q()) {
                    let mut sum = 0.0;
                    for c in 0..per_group {
                        for r in 0..conv.r {
                            for s in 0..conv.s {
                                let y = p * i64::from(conv.stride[0]) + i64::from(r * conv.dilation[0]);
                                let z = q * i64::from(conv.stride[1]) + i64::from(s * conv.dilation[1]);
                                let tap = ((k * per_group + c) * conv.r + r) * conv.s + s;
                                let (y, z) = (y - i64::from(conv.padding[0]), z - i64::from(conv.padding[1]));
                                sum += at(n, k / filters * per_group + c, y, z) * f64::from(w[tap as usize]);
                            }
                        }
                    }
                    out.push(sum);
                }
            }
        }
    }
    out
}

#[test]
fn the_reference_is_right() {
    let product = "2b1x2x2".parse().unwrap();
    let a = Tensor::I8(vec![1, 2, 3, 4]);
    let b = Tensor::I8(vec![5, 6, 7, 8, -1, 0, 0, 1]);
    assert_eq!(compute(&product, [&a, &b]), [19.0, 22.0, -3.0, 4.0]);
    // The same A and B, each transposed; then one product with bias and ReLU.
    let a_t = Tensor::I8(vec![1, 2, 3, 4]);
    let b_t = Tensor::I8(vec![5, 7, 6, 8, -1, 0, 0, 1]);
    let transposed = "2b1x2x2tatb".parse().unwrap();
    assert_eq!(compute(&transposed, [&a_t, &b_t]), [19.0, 22.0, -3.0, 4.0]);
    let a_t = Tensor::F32(vec![1.0, 3.0, 5.0, 2.0, 4.0, 6.0]);
    let identity_and_bias = Tensor::F32(vec![1.0, 0.0, 0.0, 1.0, -3.5, 0.5]);
    let fused = "3x2x2tarelu".parse().unwrap();
    assert_eq!(
        compute(&fused, [&a_t, &identity_and_bias]),
        [0.0, 2.5, 0.0, 4.5, 1.5, 6.5]
    );
    // One channel of two pixels; two 1×1 filters 2 and −1 with biases −3 and 4.
    let fused = "n1c1h1w2k2r1s1relu".parse().unwrap();
    let x = Tensor::F32(vec![1.0, 5.0]);
    let w = Tensor::F32(vec![2.0, -3.0, -1.0, 4.0]);
    assert_eq!(compute(&fused, [&x, &w]), [0.0, 7.0, 3.0, 0.0]);
    for text in [
        "n2c4h5w6k6r3s2t2-1p1-0-2-1d1-2g2",
        "n1c3h7w7k3r5s5p2g3",
        "n1c2h3w3k1r1s3p0-1-0-1",
    ] {
        let conv: Conv2d = text.parse().unwrap();
        let problem = Problem::Conv2d(conv);
        let count = |index| problem.shape_of_input(index).iter().product::<u32>() as usize;
        let x = Distribution::Uniform.fill(Element::F32, count(0), 1, 0);
        let w = Distribution::Uniform.fill(Element::F32, count(1), 1, 1);
        let (Tensor::F32(xs), Tensor::F32(ws)) = (&x, &w) else {
            unreachable!()
        };
        assert_eq!(
            problem.shape_of_output().iter().product::<u32>() as usize,
            compute(&problem, [&x, &w]).len()
        );
        for (got, want) in compute(&problem, [&x, &w]).iter().zip(seven_loops(&conv, xs, ws)) {
            assert!((got - want).abs() < 1e-12, "{text}: {got} is not {want}");
        }
    }
}

/// Large enough for Freivalds' check; wrong in one place, in one column block, or not written at all.
#[test]
fn the_check_of_large_outputs_finds_what_is_wrong() {
    for precision in [Precision::F32, Precision::I8] {
        let problem = Problem::Matmul(Matmul::new(500, 600, 300));
        let a = Distribution::Uniform.fill(precision.input(), 500 * 300, 3, 0);
        let b = Distribution::Uniform.fill(precision.input(), 300 * 600, 3, 1);
        let exact = compute(&problem, [&a, &b]);
        let output = |exact: &[f64]| match precision {
            Precision::I8 => Tensor::I32(exact.iter().map(|&x| x as i32).collect()),
            _ => Tensor::F32(exact.iter().map(|&x| x as f32).collect()),
        };
        let bound = ErrorBound::dot_product(precision, 300, &Magnitudes::of(precision, [&a, &b]));
        let verify = |output: &Tensor| verify(&problem, precision, [&a, &b], output, &bound, 1);
        let check = verify(&output(&exact)).unwrap();
        assert!(
            !check.whole && check.compared == 32 * 600 && check.relative_error < 1e-7,
            "{check:?}"
        );
        let mut wrong = exact.clone();
        wrong[200_123] += 30.0;
        let error = verify(&output(&wrong)).unwrap_err();
        assert!(error.place.contains("C[0, 333, "), "{error}");
        if precision == Precision::F32 {
            let mut unwritten = exact.clone();
            unwritten[7] = f64::NAN;
            assert!(verify(&output(&unwritten)).is_err());
        }
    }
}

/// Each function of a chain against a sum by hand, and a wrong word is found however few are.
#[test]
fn chains_are_checked() {
    let inputs = [Tensor::F32(vec![0.5, -2.0, 0.0]), Tensor::F32(vec![1.5, 0.25])];
    let expected = [
        ("w3copy", [0.5, -2.0, 0.0]),
        ("w3fma2", [1.75, -3.875, 0.625]),
        ("w3add2", [1.0, -1.5, 0.5]),
        ("w3mul2", [1.125, -4.5, 0.0]),
        ("w3div1", [0.5 / 1.5, -2.0 / 1.5, 0.0]),
        ("w3exp1", [(-0.5_f64).exp(), 2_f64.exp(), 1.0]),
        ("w3tanh1", [0.5_f64.tanh(), (-2_f64).tanh(), 0.0]),
        ("w3srelu", [0.25, 0.0, 0.0]),
    ];
    let bound = ErrorBound::dot_product(
        Precision::F32,
        1,
        &Magnitudes::of(Precision::F32, [&inputs[0], &inputs[1]]),
    );
    for (text, expected) in expected {
        let problem = text.parse().unwrap();
        assert_eq!(compute(&problem, [&inputs[0], &inputs[1]]), expected, "{text}");
        let check = |output: Vec<f32>| {
            let output = Tensor::F32(output);
            verify(&problem, Precision::F32, [&inputs[0], &inputs[1]], &output, &bound, 1)
        };
        let right = expected.map(|x| x as f32).to_vec();
        assert!(check(right.clone()).unwrap().whole, "{text}");
        for wrong in [1e-4, f32::NAN, f32::INFINITY] {
            let mut output = right.clone();
            output[1] += wrong;
            assert_eq!(check(output).unwrap_err().place, "Y[1]", "{text}");
        }
    }
    // Bytes 1, 2, 3, 4 and 1, 1, 1, 1: 0x04030201 + 10, and once more with 11, 2, 3, 4.
    let bytes = [Tensor::I8(vec![1, 2, 3, 4]), Tensor::I8(vec![1, 9, 1, 9, 1, 9, 1, 9])];
    let chained = compute(&"w1dot2".parse().unwrap(), [&bytes[0], &bytes[1]]);
    assert_eq!(chained, [f64::from(0x0403_0201 + 10 + 20)]);
}

#[test]
fn counts_match_published_layers() {
    // ResNet-50's first convolution, and MobileNetV1's depthwise layers (shared/workloads; Qin 2018).
    let stem: Problem = "n1c3h224w224k64r7s7t2p3".parse().unwrap();
    assert_eq!(stem.macs(), 118_013_952);
    let depthwise: Problem = "n1c512h14w14k512r3s3p1g512".parse().unwrap();
    assert_eq!(depthwise.macs(), 512 * 14 * 14 * 9);
    assert_eq!(
        depthwise.bytes_min(Precision::F32),
        4 * (512 * 196 + 512 * 9 + 512 * 196)
    );
    let cost = |name: &str, problem: &Problem| {
        let algorithm = catalogue::find(Op::Conv2d, name).unwrap();
        algorithm.cost(
            problem,
            Precision::F32,
            &algorithm.default_variant(Precision::F32, DeviceClass::Cpu),
        )
    };
    // 14×14 with padding 1: 3·14 − 2 of the 42 row taps lie inside.
    assert_eq!(cost("direct", &depthwise).ops_executed, 2 * 512 * 40 * 40);
    let [gemm, columns] = ["implicit_gemm", "im2col"].map(|name| cost(name, &stem));
    // Tap by tap, three channels are padded to four.
    assert_eq!(3 * gemm.ops_executed, 4 * columns.ops_executed);
    assert_eq!(columns.bytes_model - gemm.bytes_model, 2 * 4 * 147 * 112 * 112);
}

proptest! {
    #[test]
    fn problem_ids_read_back(
        sizes in prop::array::uniform7(1_u32..300),
        stride in prop::array::uniform2(1_u32..4),
        padding in prop::array::uniform4(0_u32..4),
        dilation in prop::array::uniform2(1_u32..4),
        groups in 1_u32..9,
        batch in 1_u32..9,
    ) {
        let [n, c, h, w, k, r, s] = sizes;
        let conv = Problem::Conv2d(Conv2d { n, c, h, w, k, r, s, stride, padding, dilation, groups, bias_relu: batch > 4 });
        prop_assert_eq!(conv.to_string().parse(), Ok(conv));
        let transposed = [groups.is_multiple_of(2), batch.is_multiple_of(2)];
        let product = Matmul { batch, transposed, bias_relu: groups > 5, ..Matmul::new(n, c, h) };
        let product = Problem::Matmul(product);
        prop_assert_eq!(product.to_string().parse(), Ok(product));
    }

    #[test]
    fn chains_read_back(words in 1_u32.., steps in 0_u32.., which in 0..Function::ALL.len()) {
        let function = Function::ALL[which];
        let steps = match function {
            Function::Copy => 0,
            Function::SquaredRelu => 1,
            _ => steps,
        };
        let chain = Problem::Chain(Chain { function, words, steps });
        prop_assert_eq!(chain.to_string().parse(), Ok(chain));
    }

    #[test]
    fn nonsense_is_refused_without_a_panic(text in "[nchwkrstpdgbxaelumfo0-9-]{0,24}") {
        if let Ok(problem) = text.parse::<Problem>() {
            let _ = problem.validate();
        }
    }
}
