//! Strassen's product (1969): seven half-size products in place of eight, 18 block additions per level.
//!
//! Each level is a pass per operand that writes the seven factors, a product of all of them at once, and a pass that
//! combines the seven results. Sizes that do not halve are padded with zeros.

use super::{buffers, epilogue, matmul, operands};
use crate::algorithm::Algorithm;
use crate::algorithm::called;
use crate::cost::Cost;
use crate::gemm::{self, Gemm, body, body_default, body_supports, body_variants};
use crate::layout::Layout;
use crate::op::Op;
use crate::plan::Plan;
use crate::plan::{BufferSpec, Pass, Role, fold_grid};
use crate::precision::{Element, Precision};
use crate::problem::{Matmul, Problem};
use crate::reference::{ErrorBound, Magnitudes};
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use crate::wgsl::{Prelude, compose, shader};
use joulemark_base::device_class::DeviceClass;

pub(super) struct Strassen;

/// Workgroup of the passes that add blocks.
const WORKGROUP: u32 = 64;
const MOST_LEVELS: u32 = 2;

/// The half-size (quarter-size) products.
fn product(problem: &Matmul, levels: u32) -> Gemm {
    let part = |size: u32, vector: u32| size.div_ceil(vector << levels) * vector;
    Gemm {
        batch: problem.batch * 7_u32.pow(levels),
        m: part(problem.m, 1),
        n: part(problem.n, 4),
        units: part(problem.k, 4),
    }
}

/// A matrix on a level: so many of `rows`×`quads` vectors, the buffer's own pitch included.
#[derive(Clone, Copy)]
struct Matrix {
    buffer: usize,
    count: u32,
    rows: u32,
    quads: u32,
    /// Columns, and units from one to the next, where it is stored by columns.
    transposed: Option<[u32; 2]>,
}

impl Algorithm for Strassen {
    called!(
        Op::Matmul,
        "strassen",
        "seven half-size products in place of eight, on one or two levels, additions as passes of their own"
    );

    fn variants(&self, precision: Precision) -> Vec<Variant> {
        let bodies = body_variants(precision);
        (1..=MOST_LEVELS)
            .flat_map(|levels| bodies.iter().map(move |variant| variant.clone().and("levels", levels)))
            .collect()
    }

    fn default_variant(&self, precision: Precision, class: DeviceClass) -> Variant {
        body_default(precision, class).and("levels", 1)
    }

    fn supports(&self, _problem: &Problem, precision: Precision, variant: &Variant) -> Result<(), Unsupported> {
        match precision {
            Precision::F32 => {}
            Precision::I8 => {
                return Err(Unsupported::new(
                    "sums of two i8 do not fit into i8: strassen computes f32",
                ));
            }
            Precision::F16 | Precision::F16Acc => {
                return Err(Unsupported::new(
                    "strassen would round sums of inputs to f16, which its error bound multiplies: it computes f32",
                ));
            }
        }
        if !(1..=MOST_LEVELS).contains(&variant.get("levels")) {
            return Err(Unsupported::new(format!("levels must be 1 to {MOST_LEVELS}")));
        }
        body_supports(variant)
    }

    fn plan(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Plan {
        let size = matmul(problem);
        let levels = variant.get("levels");
        let product = product(size, levels);
        let mut buffers = buffers(size, precision);
        let mut scratch = |label, count: u32, rows: u32, columns: u32| {
            let layout = Layout::dense(count * rows, 1, columns, 1).pad_spatial();
            buffers.push(BufferSpec::new(label, Role::Scratch, Element::F32, layout));
            Matrix {
                buffer: buffers.len() - 1,
                count,
                rows,
                quads: columns / 4,
                transposed: None,
            }
        };
        let whole = |buffer, rows: u32, columns: u32| Matrix {
            buffer,
            count: size.batch,
            rows,
            quads: columns.div_ceil(4),
            transposed: (buffer < 2 && size.transposed[buffer]).then_some([columns, rows.next_multiple_of(4)]),
        };
        let (mut left, mut right) = (whole(0, size.m, size.k), whole(1, size.k, size.n));
        let mut results = vec![whole(2, size.m, size.n)];
        let mut passes = Vec::new();
        for level in 1..=levels {
            let up = levels - level;
            let count = size.batch * 7_u32.pow(level);
            let [m, n, k] = [product.m << up, product.n << up, product.units << up];
            let factors = scratch("left factors", count, m, k);
            passes.push(split(left, factors, "true"));
            left = factors;
            let factors = scratch("right factors", count, k, n);
            passes.push(split(right, factors, "false"));
            right = factors;
            results.push(scratch("products", count, m, n));
        }
        let inner = Matmul {
            batch: product.batch,
            ..Matmul::new(product.m, product.n, product.units)
        };
        let target = results[levels as usize];
        let bindings = vec![left.buffer, right.buffer, target.buffer];
        let own: Vec<BufferSpec> = bindings.iter().map(|&index| buffers[index].clone()).collect();
        let operands = operands(&inner, &own);
        passes.push(gemm::pass(
            body(variant),
            variant,
            precision,
            &product,
            &operands,
            bindings,
        ));
        for pair in results.windows(2).rev() {
            let bias_row = (size.bias_relu && pair[0].buffer == 2).then_some(size.k);
            passes.push(combine(pair[1], pair[0], bias_row));
        }
        Plan { buffers, passes }
    }

    /// The products, and per level: 5 + 5 additions of factor blocks, 8 of result blocks. Splitting reads four blocks
    /// and writes seven, combining reads seven and writes four.
    fn cost(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Cost {
        let size = matmul(problem);
        let levels = variant.get("levels");
        let product = product(size, levels);
        let geometry = body(variant).geometry(variant);
        let mut ops = gemm::ops_executed(&geometry, precision, &product);
        let mut bytes = gemm::bytes_model(&geometry, precision, &product);
        for level in 1..=levels {
            let up = levels - level;
            let count = u64::from(size.batch) * 7_u64.pow(level - 1);
            let [m, n, k] = [product.m, product.n, product.units].map(|size| u64::from(size) << up);
            let (left, right, result) = (count * m * k, count * k * n, count * m * n);
            ops += 5 * (left + right) + 8 * result;
            let outside = |rows: u32, columns: u32| u64::from(size.batch) * u64::from(rows) * u64::from(columns);
            // On the first level the padding is neither read nor written.
            let ends = match level {
                1 => outside(size.m, size.k) + outside(size.k, size.n) + outside(size.m, size.n),
                _ => 4 * (left + right + result),
            };
            bytes += 4 * (ends + 7 * (left + right + result));
        }
        let [epilogue_ops, epilogue_bytes] = epilogue(size, precision);
        Cost::new(problem, precision, ops + epilogue_ops, bytes + epilogue_bytes)
    }

    /// Normwise (Higham 2002, section 23.2.2): with E(0) = k·γ_k for the inner products of length k, a level gives
    /// E(l+1) = 12·E(l) + 46·k_l·ε, k_l the length before it, and the error of each element is at most
    /// E·max|A|·max|B|. Terms of second order are covered by a factor 1 + 2⁻¹⁰. Adding the bias rounds the result once more.
    fn error_bound(
        &self,
        problem: &Problem,
        precision: Precision,
        variant: &Variant,
        inputs: &Magnitudes,
    ) -> ErrorBound {
        let size = matmul(problem);
        let product = product(size, variant.get("levels"));
        let inner = ErrorBound::dot_product(precision, product.units as usize, inputs);
        let mut k = f64::from(product.units);
        let mut error = k * inner.gamma;
        let mut floor = inner.floor;
        for _ in 0..variant.get("levels") {
            error = 12.0 * error + 46.0 * k * f64::from(f32::EPSILON);
            floor *= 12.0;
            k *= 2.0;
        }
        ErrorBound {
            gamma: if size.bias_relu { f32::EPSILON.into() } else { 0.0 },
            normwise: error * (1.0 + 1.0 / 1024.0) * inputs.largest[0] * inputs.largest[1],
            floor,
            ..inner
        }
    }
}

/// The pass that writes seven factors per matrix; `left` says of which operand.
fn split(from: Matrix, to: Matrix, left: &str) -> Pass {
    let (load, [columns, pitch]) = match from.transposed {
        Some(sizes) => (shader!("matmul/strassen_load_transposed.wgsl"), sizes),
        None => (shader!("matmul/strassen_load.wgsl"), [0, 0]),
    };
    adding(
        "strassen split",
        &format!(
            "const LEFT: bool = {left};\nconst FROM_COLUMNS: u32 = {columns}u;\nconst FROM_PITCH: u32 = {pitch}u;\n\n{load}\n{}",
            shader!("matmul/strassen_split.wgsl")
        ),
        (from, from.count),
        to,
        (to.rows, to.quads),
    )
}

/// The pass that makes each matrix of `to` out of seven; with the bias in this row of B, and ReLU, where there is one.
fn combine(from: Matrix, to: Matrix, bias_row: Option<u32>) -> Pass {
    let (store, bindings) = match bias_row {
        Some(_) => (
            shader!("matmul/strassen_store_bias_relu.wgsl"),
            vec![from.buffer, 1, to.buffer],
        ),
        None => (shader!("matmul/strassen_store.wgsl"), vec![from.buffer, to.buffer]),
    };
    let text = format!(
        "const BIAS_ROW: u32 = {}u;\n\n{store}\n{}",
        bias_row.unwrap_or_default(),
        shader!("matmul/strassen_combine.wgsl")
    );
    let pass = adding("strassen combine", &text, (from, to.count), to, (from.rows, from.quads));
    Pass { bindings, ..pass }
}

/// One invocation per vector of a block, `blocks` = rows, quads of one block.
fn adding(label: &'static str, text: &str, (from, count): (Matrix, u32), to: Matrix, blocks: (u32, u32)) -> Pass {
    let vectors = u64::from(count) * u64::from(blocks.0) * u64::from(blocks.1);
    let grid = fold_grid(vectors.div_ceil(WORKGROUP.into()));
    let prelude = Prelude::new(Precision::F32)
        .numbers(&[("BLOCK_ROWS", blocks.0), ("BLOCK_QUADS", blocks.1), ("COUNT", count)])
        .numbers(&[("FROM_ROWS", from.rows), ("FROM_QUADS", from.quads)])
        .numbers(&[("TO_ROWS", to.rows), ("TO_QUADS", to.quads)])
        .numbers(&[("GRID_X", grid[0]), ("WORKGROUP_X", WORKGROUP)]);
    Pass::new(label, compose(&prelude, &[text]), grid, vec![from.buffer, to.buffer])
}
