//! Kernels on one's own tensors: npy files in and out.

use std::fs;

use super::npy::{self, Npy};
use super::{error, here, ok};

/// Reports of users: an infinity in a row that no sample draws; sums that overflow on the way; sums of i8 past i32.
#[test]
fn no_infinity_is_called_verified() {
    let folder = here();
    let floats = |name: &str, n: usize, number: &dyn Fn(usize, usize) -> f32| {
        let data = (0..n * n).flat_map(|index| number(index / n, index % n).to_le_bytes());
        let header = npy::header("'<f4'", "False", &format!("({n}, {n})"));
        fs::write(folder.path().join(name), npy::bytes(&header, &data.collect::<Vec<_>>())).unwrap();
    };
    for (n, row) in [(32, 3), (512, 300)] {
        floats("a.npy", n, &|i, j| match j {
            0..8 if i == row => 3e38,
            8..16 if i == row => -3e38,
            _ => 0.0,
        });
        floats("b.npy", n, &|_, j| if j == 0 { 1.0 } else { 0.0 });
        let message = error(folder.path(), "exec matmul/naive --verify a.npy b.npy -o c.npy", 1);
        assert!(
            message.contains(&format!("C[0, {row}, 0] is inf, right is 0")) && message.contains("overflow on the way"),
            "{message}"
        );
        assert!(!folder.path().join("c.npy").exists());
    }
    Npy::new("<f2", &[4, 64], &[4000; 256]).write(&folder.path().join("a.npy"));
    Npy::new("<f2", &[64, 4], &[1; 256]).write(&folder.path().join("b.npy"));
    let told = ok(folder.path(), "exec matmul/naive/f16 --verify a.npy b.npy -o c.npy");
    assert!(told.contains("16 of 16 numbers are infinite"), "{told}");
    let signs: Vec<i32> = (0..256).map(|index| 4000 - 8000 * (index / 32 % 2)).collect();
    Npy::new("<f2", &[4, 64], &signs).write(&folder.path().join("a.npy"));
    let message = error(
        folder.path(),
        "exec matmul/naive/f16acc --verify a.npy b.npy -o d.npy",
        1,
    );
    assert!(
        message.contains("right is 0") && message.contains("overflow on the way"),
        "{message}"
    );
    let told = ok(folder.path(), "exec matmul/naive/f16 --verify a.npy b.npy -o d.npy");
    assert!(told.contains("verified"), "{told}");
    Npy::new("|i1", &[1, 140_000], &[127; 140_000]).write(&folder.path().join("a.npy"));
    Npy::new("|i1", &[140_000, 1], &[127; 140_000]).write(&folder.path().join("b.npy"));
    let message = error(folder.path(), "exec matmul/naive a.npy b.npy -o e.npy", 1);
    assert!(
        message.contains("140000 products of i8") && message.contains("2147483647"),
        "{message}"
    );
}

/// Small whole numbers, the same each time: their products and sums are exact in every precision.
fn whole_numbers(count: usize, seed: u64) -> Vec<i32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as i32 % 4
    };
    (0..count).map(|_| next()).collect()
}

/// Batches of row-major products.
fn product(a: &[i32], b: &[i32], [batch, m, n, k]: [usize; 4]) -> Vec<i32> {
    let mut c = Vec::new();
    for image in 0..batch {
        for row in 0..m {
            for column in 0..n {
                let term = |i| a[(image * m + row) * k + i] * b[(image * k + i) * n + column];
                c.push((0..k).map(term).sum());
            }
        }
    }
    c
}

#[test]
fn exec_multiplies_matrices_of_each_type() {
    let folder = here();
    let [batch, m, n, k] = [3, 17, 9, 23];
    for (precision, input, result) in [("f32", "<f4", "<f4"), ("f16", "<f2", "<f2"), ("i8", "|i1", "<i4")] {
        for batches in [None, Some(batch)] {
            let count = batches.unwrap_or(1);
            let [a, b] = [(m * k, 1), (k * n, 2)].map(|(size, seed)| whole_numbers(count * size, seed));
            let shape = |rows, columns| batches.into_iter().chain([rows, columns]).collect::<Vec<_>>();
            Npy::new(input, &shape(m, k), &a).write(&folder.path().join("A.npy"));
            Npy::new(input, &shape(k, n), &b).write(&folder.path().join("B.npy"));
            let line = format!("exec matmul/register_blocked --precision {precision} A.npy B.npy -o C.npy --verify");
            let told = ok(folder.path(), &line);
            assert!(
                told.starts_with("C.npy: ") && told.contains("verified exactly (every element)"),
                "{told}"
            );
            let c = Npy::read(&folder.path().join("C.npy"));
            assert_eq!((c.dtype.as_str(), &c.shape), (result, &shape(m, n)), "{precision}");
            assert_eq!(
                c.whole_numbers(),
                product(&a, &b, [count, m, n, k]),
                "{precision} {batches:?}"
            );
        }
    }
    // Without --precision the file decides; a tuning of one's own; a precision in the kernel's name.
    ok(folder.path(), "exec matmul/tiled A.npy B.npy -o D.npy --variant tile=8");
    ok(folder.path(), "exec matmul/tiled/i8 A.npy B.npy -o E.npy");
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    assert_eq!(read("D.npy"), read("C.npy"));
    assert_eq!(read("E.npy"), read("C.npy"));
}

#[test]
fn exec_convolves_with_every_parameter() {
    let folder = here();
    let ([n, c, h, w], [k, r, s]) = ([2, 4, 9, 8], [6, 3, 2]);
    let (stride, padding, dilation, groups) = ([2, 1], [1, 0, 2, 3], [1, 2], 2);
    let x = whole_numbers(n * c * h * w, 3);
    let weights = whole_numbers(k * c / groups * r * s, 4);
    let size =
        |size, before, after, dilation, taps, stride| (size + before + after - dilation * (taps - 1) - 1) / stride + 1;
    let p = size(h, padding[0], padding[2], dilation[0], r, stride[0]);
    let q = size(w, padding[1], padding[3], dilation[1], s, stride[1]);
    let mut y = vec![0; n * k * p * q];
    for (index, out) in y.iter_mut().enumerate() {
        let (image, filter, row, column) = (index / (k * p * q), index / (p * q) % k, index / q % p, index % q);
        for channel in 0..c / groups {
            for tap in 0..r * s {
                let (i, j) = (tap / s, tap % s);
                let from = (row * stride[0] + i * dilation[0])
                    .checked_sub(padding[0])
                    .filter(|y| *y < h);
                let left = (column * stride[1] + j * dilation[1])
                    .checked_sub(padding[1])
                    .filter(|x| *x < w);
                if let (Some(from), Some(left)) = (from, left) {
                    let plane = image * c + filter / (k / groups) * (c / groups) + channel;
                    *out +=
                        x[(plane * h + from) * w + left] * weights[((filter * (c / groups) + channel) * r + i) * s + j];
                }
            }
        }
    }
    for (input, algorithm) in [("<f4", "implicit_gemm"), ("<f2", "im2col"), ("|i1", "direct")] {
        Npy::new(input, &[n, c, h, w], &x).write(&folder.path().join("X.npy"));
        Npy::new(input, &[k, c / groups, r, s], &weights).write(&folder.path().join("W.npy"));
        let line = format!(
            "exec conv2d/{algorithm} --stride 2,1 --padding 1,0,2,3 --dilation 1,2 --groups 2 X.npy W.npy -o Y.npy --verify"
        );
        ok(folder.path(), &line);
        let found = Npy::read(&folder.path().join("Y.npy"));
        assert_eq!(
            (&found.shape, found.whole_numbers()),
            (&vec![n, k, p, q], y.clone()),
            "{input}"
        );
    }
}

#[test]
fn exec_replaces_its_output_whole() {
    let folder = here();
    Npy::new("<f4", &[2, 2], &[1, 2, 3, 4]).write(&folder.path().join("A.npy"));
    fs::write(folder.path().join("C.npy"), "what was here before").unwrap();
    error(folder.path(), "exec matmul/naive A.npy nosuch.npy -o C.npy", 1);
    assert_eq!(fs::read(folder.path().join("C.npy")).unwrap(), b"what was here before");
    ok(folder.path(), "exec matmul/naive A.npy A.npy -o C.npy");
    assert_eq!(Npy::read(&folder.path().join("C.npy")).whole_numbers(), [7, 10, 15, 22]);
    for target in ["nosuch/C.npy", "."] {
        let message = error(folder.path(), &format!("exec matmul/naive A.npy A.npy -o {target}"), 1);
        assert!(message.contains(&format!("cannot write {target}: ")), "{message}");
    }
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        2,
        "no temporary file is left"
    );
}

#[test]
fn exec_says_what_is_wrong_with_a_file() {
    let folder = here();
    let write = |name: &str, npy: Npy| npy.write(&folder.path().join(name));
    let bytes = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    let numbers = whole_numbers(64, 5);
    write("a.npy", Npy::new("<f4", &[2, 3], &numbers[..6]));
    write("half.npy", Npy::new("<f2", &[2, 3], &numbers[..6]));
    write("b.npy", Npy::new("<f4", &[3, 2], &numbers[..6]));
    write("batch.npy", Npy::new("<f4", &[2, 3, 2], &numbers[..12]));
    write("batches.npy", Npy::new("<f4", &[3, 2, 3], &numbers[..18]));
    write("line.npy", Npy::new("<f4", &[6], &numbers[..6]));
    write("none.npy", Npy::new("<f4", &[0, 3], &[]));
    write("images.npy", Npy::new("<f4", &[1, 3, 2, 2], &numbers[..12]));
    write("filters.npy", Npy::new("<f4", &[2, 2, 1, 1], &numbers[..4]));
    write("wide.npy", Npy::new("<f4", &[1, 3, 3, 3], &numbers[..27]));
    let good = fs::read(folder.path().join("a.npy")).unwrap();
    bytes("cut.npy", &good[..good.len() - 1]);
    bytes("cuthead.npy", &good[..40]);
    bytes("magic.npy", &good[..6]);
    bytes("tail.npy", &[&good[..], b"more"].concat());
    bytes("empty.npy", b"");
    bytes("text.npy", b"1,2,3\n4,5,6\n");
    for (name, dtype, fortran, shape) in [
        ("double.npy", "'<f8'", "False", "(2, 3)"),
        ("unsigned.npy", "'|u1'", "False", "(2, 3)"),
        ("records.npy", "[('x', '<f4')]", "False", "(2, 3)"),
        ("huge.npy", "'<f4'", "False", "(4294967295, 4294967295, 4294967295)"),
        ("promise.npy", "'<f4'", "False", "(100000, 100000)"),
        ("giant.npy", "'<f4'", "False", "(4294967296, 1)"),
        ("broken.npy", "'<f4'", "Maybe", "(2, 3)"),
    ] {
        bytes(
            name,
            &npy::bytes(&npy::header(dtype, fortran, shape), &good[good.len() - 24..]),
        );
    }
    bytes("deep.npy", &npy::bytes(&"(".repeat(9000), b""));
    bytes("deepish.npy", &npy::bytes(&"(".repeat(4000), b""));

    for (files, words) in [
        ("nosuch.npy b.npy", "cannot read nosuch.npy: "),
        (". b.npy", "cannot read .: "),
        ("empty.npy b.npy", "empty.npy: the file is empty"),
        ("text.npy b.npy", "text.npy: this is not an npy file"),
        ("magic.npy b.npy", "magic.npy: the file is truncated inside its header"),
        (
            "cuthead.npy b.npy",
            "cuthead.npy: the file is truncated inside its header",
        ),
        (
            "cut.npy b.npy",
            "cut.npy: the file is truncated: an array of shape (2, 3) takes 24 bytes and 23 are there",
        ),
        ("tail.npy b.npy", "tail.npy: 4 bytes follow the array of shape (2, 3)"),
        ("double.npy b.npy", "double.npy: its dtype is '<f8': kernels read f32"),
        (
            "unsigned.npy b.npy",
            "unsigned.npy: its dtype is '|u1': kernels read f32",
        ),
        ("records.npy b.npy", "records.npy: it holds records"),
        ("huge.npy b.npy", "huge.npy: "),
        (
            "promise.npy b.npy",
            "promise.npy: the file is truncated: an array of shape (100000, 100000) takes 40000000000",
        ),
        (
            "giant.npy b.npy",
            "giant.npy: its header makes no sense: a dimension of shape (4294967296, 1) is over 2^32 - 1",
        ),
        ("broken.npy b.npy", "broken.npy: its header makes no sense"),
        ("deep.npy b.npy", "deep.npy: its header makes no sense"),
        ("deepish.npy b.npy", "deepish.npy: its header makes no sense"),
        ("none.npy b.npy", "none.npy: the array of shape (0, 3) is empty"),
        ("line.npy b.npy", "line.npy has shape (6,): a matmul takes matrices"),
        (
            "a.npy a.npy",
            "a.npy has shape (2, 3) and a.npy has shape (2, 3): the columns of the first",
        ),
        ("a.npy batch.npy", "give both two dimensions, or both three"),
        ("batches.npy batch.npy", "the batches must be equal"),
        ("half.npy b.npy", "b.npy: it holds f32, and precision f16 reads f16"),
        (
            "a.npy b.npy --precision i8",
            "a.npy: it holds f32, and precision i8 reads i8",
        ),
        (
            "a.npy b.npy --padding 1",
            "--padding is for convolutions, and matmul/naive is none",
        ),
        ("a.npy b.npy --variant nosuch=1", "no tuning parameter `nosuch`"),
    ] {
        let message = error(folder.path(), &format!("exec matmul/naive {files} -o c.npy"), 1);
        assert!(message.contains(words), "{files}: {message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
    for (files, words) in [
        ("a.npy filters.npy", "a.npy has shape (2, 3): the input of a conv2d is"),
        (
            "images.npy a.npy",
            "a.npy has shape (2, 3): the weights of a conv2d are",
        ),
        (
            "images.npy filters.npy",
            "with 1 group(s) each filter must have 3 channels",
        ),
        (
            "images.npy filters.npy --groups 2",
            "input channels c = 3 cannot be split into 2 equal groups",
        ),
        ("images.npy filters.npy --groups 0", "groups is 0"),
        ("images.npy filters.npy --stride 0", "stride (height) is 0"),
        (
            "images.npy wide.npy",
            "images.npy and wide.npy: conv2d n1c3h2w2k1r3s3: the filter spans 3 in height",
        ),
    ] {
        let message = error(folder.path(), &format!("exec conv2d/direct {files} -o c.npy"), 1);
        assert!(message.contains(words), "{files}: {message}");
    }
    error(
        folder.path(),
        "exec conv2d/direct images.npy filters.npy -o c.npy --stride 1,2,3",
        2,
    );
    assert!(!folder.path().join("c.npy").exists());
}
