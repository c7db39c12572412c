//! A case: a kernel on a problem with an input distribution. Gets one line in a table.

use joulemark_base::device_class::DeviceClass;
use joulemark_kernels::{Algorithm, Conv2d, Distribution, Gradient, Precision, Problem, Tensor, Variant};
use joulemark_records::Row;

use joulemark::pace::Pace;

/// One case of a suite.
#[derive(Clone, Debug)]
pub struct Case {
    /// Which part of its suite it belongs to, for instance the name of a net.
    pub workload: String,
    /// The algorithm.
    pub algorithm: &'static dyn Algorithm,
    /// The precision.
    pub precision: Precision,
    /// The problem.
    pub problem: Problem,
    /// Where the inputs come from.
    pub input: Distribution,
    /// Tuning parameters; `None` takes the device class's default.
    pub variant: Option<Variant>,
    /// How fast its iterations follow each other.
    pub pace: Pace,
    /// What tells it apart from a case that is otherwise the same: a variant's values, or a second name.
    pub tag: Option<String>,
}

impl Case {
    /// A case of uniform inputs and the device class's default variant.
    pub fn new(algorithm: &'static dyn Algorithm, precision: Precision, problem: Problem) -> Self {
        Self {
            workload: String::new(),
            algorithm,
            precision,
            problem,
            input: Distribution::default(),
            variant: None,
            pace: Pace::Full,
            tag: None,
        }
    }

    /// Its id, at most 64 characters for the usual problems: `matmul/naive/f32/256x256x256`, the input distribution if
    /// it is not uniform (`…/zeros`), and the tag if there is one (`…@16-16`).
    pub fn id(&self) -> String {
        let Self {
            algorithm,
            precision,
            problem,
            input,
            ..
        } = self;
        let mut id = format!("{algorithm}/{precision}/{problem}");
        if *input != Distribution::default() {
            id += &format!("/{input}");
        }
        if let Some(tag) = &self.tag {
            id += &format!("@{tag}");
        }
        id
    }

    /// Whether this is the other case under another name.
    pub fn is_again(&self, other: &Self) -> bool {
        let untagged = |case: &Self| Self {
            tag: None,
            ..case.clone()
        };
        self.tag.is_some() && other.tag.is_none() && self.variant == other.variant && untagged(self).id() == other.id()
    }

    /// The tuning parameters on a device of this class: the case's own, the class's default, or the first listed variant that
    /// computes the problem where the default does not. Those that tell of the inputs follow from them alone.
    pub fn variant(&self, class: DeviceClass) -> Variant {
        if let Some(variant) = &self.variant {
            return self.input.describe(variant.clone());
        }
        let computes = |variant: &Variant| {
            self.problem.validate().is_ok() && self.algorithm.supports(&self.problem, self.precision, variant).is_ok()
        };
        let default = self.algorithm.default_variant(self.precision, class);
        let listed = [default.clone()]
            .into_iter()
            .chain(self.algorithm.variants(self.precision));
        let mut described = listed.map(|variant| self.input.describe(variant));
        described.find(computes).unwrap_or_else(|| self.input.describe(default))
    }

    /// The inputs: two, or as many as a custom kernel has. A chain's coefficients are such that its words neither vanish nor
    /// overflow.
    pub fn inputs(&self, seed: u64) -> Vec<Tensor> {
        if let Problem::Other(other) = &self.problem {
            return other.kernel().inputs(seed);
        }
        let [first, second] = self.input.inputs(&self.problem, self.precision.input(), seed);
        match &self.problem {
            Problem::Chain(chain) => vec![first, chain.tame(second)],
            _ => vec![first, second],
        }
    }

    /// A row with everything that the case alone decides.
    pub(crate) fn row(&self, suite: &str, seed: u64, class: DeviceClass) -> Row {
        let variant = self.variant(class);
        let mut row = Row {
            case_id: self.id(),
            suite: suite.into(),
            workload: self.workload.clone(),
            op: self.algorithm.op().as_str().into(),
            algorithm: self.algorithm.name().into(),
            variant: variant.to_string(),
            precision: self.precision.as_str().into(),
            input: self.input.to_string(),
            seed: Some(seed),
            ..Row::default()
        };
        let size = |size: u32| Some(u64::from(size));
        match &self.problem {
            Problem::Matmul(p) => {
                (row.batch, row.m, row.n, row.k) = (size(p.batch), size(p.m), size(p.n), size(p.k));
            }
            Problem::Chain(chain) => {
                row.m = size(chain.words);
                row.k = size(chain.steps).filter(|steps| *steps > 0);
            }
            Problem::Other(_) => {}
            Problem::Conv2d(p) | Problem::Gradient(Gradient { conv: p, .. }) => {
                let Conv2d {
                    n,
                    c,
                    h,
                    w,
                    k,
                    r,
                    s,
                    stride,
                    padding,
                    dilation,
                    groups,
                    bias_relu: _,
                } = p;
                (row.n, row.c, row.h, row.w) = (size(*n), size(*c), size(*h), size(*w));
                (row.k, row.r, row.s, row.groups) = (size(*k), size(*r), size(*s), size(*groups));
                (row.stride, row.padding, row.dilation) = (list(stride), list(padding), list(dilation));
            }
        }
        row
    }

    /// Adds the counts to a row of a supported case.
    pub(crate) fn count(&self, row: &mut Row, variant: &Variant) {
        let cost = self.algorithm.cost(&self.problem, self.precision, variant);
        // Of another problem nobody has told its multiply-accumulates.
        let is_other = matches!(self.problem, Problem::Other(_));
        row.macs = Some(cost.macs).filter(|_| !is_other);
        row.flops_task = Some(cost.flops_task);
        row.ops_executed = Some(cost.ops_executed);
        row.bytes_min = Some(cost.bytes_min);
        row.bytes_model = Some(cost.bytes_model);
        row.activations = Some(cost.activations);
        row.parameters = Some(cost.parameters);
        row.gate_ops = cost.gate_ops(self.precision).filter(|_| !is_other);
        row.horowitz_j = cost.horowitz_j(self.precision).filter(|_| !is_other);
    }
}

fn list(values: &[u32]) -> String {
    values.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use joulemark_base::device_class::DeviceClass;
    use joulemark_kernels::{Op, Precision, catalogue};

    use super::Case;

    #[test]
    fn a_variant_that_computes_the_problem_stands_in_for_the_default() {
        let problem = "n1c1h161w700k32r5s20t2".parse().unwrap();
        for name in ["depthwise", "register_tiled"] {
            let algorithm = catalogue::find(Op::Conv2d, name).unwrap();
            let supports = |variant| algorithm.supports(&problem, Precision::F32, variant).is_ok();
            let default = algorithm.default_variant(Precision::F32, DeviceClass::Cpu);
            let variant = Case::new(algorithm, Precision::F32, problem).variant(DeviceClass::Cpu);
            assert!(!supports(&default) && supports(&variant), "{name}: {variant}");
        }
    }
}
