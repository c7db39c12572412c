//! Tables of layers that networks and benchmarks consist of. In: the CSV files beside the suites. Out: named problems.

use joulemark_kernels::{Conv2d, Matmul, Problem};

/// A table of layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: &'static str,
    text: &'static str,
}

macro_rules! table {
    ($name:literal, $file:literal) => {
        Table {
            name: $name,
            text: include_str!(concat!("../../suites/workloads/", $file)),
        }
    };
}

pub(super) const TABLES: [Table; 16] = [
    table!("mobilenet-v1", "mobilenet_v1.csv"),
    table!("resnet-50", "resnet_50.csv"),
    table!("vgg-16", "vgg_16.csv"),
    table!("bert-base", "bert_base.csv"),
    table!("alexnet", "alexnet.csv"),
    table!("vgg-11", "vgg_11.csv"),
    table!("vgg-13", "vgg_13.csv"),
    table!("vgg-19", "vgg_19.csv"),
    table!("resnet-18", "resnet_18.csv"),
    table!("squeezenet", "squeezenet.csv"),
    table!("mobilenet-v2", "mobilenet_v2.csv"),
    table!("shufflenet-v2", "shufflenet_v2.csv"),
    table!("densenet-121", "densenet_121.csv"),
    table!("googlenet", "googlenet.csv"),
    table!("deepbench-gemm", "deepbench_gemm.csv"),
    table!("deepbench-conv", "deepbench_conv.csv"),
];

/// One layer: its number or name in the table, `14-x5` where it recurs five times, or its set in a benchmark; and its
/// problem.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layer {
    pub(super) name: String,
    pub(super) problem: Problem,
}

impl Layer {
    /// The same layer on `batch` times as many images, of sides `shrink` times shorter. One product gets more rows, a batch of
    /// products a larger batch.
    pub(super) fn resized(&self, batch: u32, shrink: u32) -> Problem {
        match self.problem {
            Problem::Conv2d(conv) => Problem::Conv2d(Conv2d {
                n: conv.n * batch,
                h: (conv.h / shrink).max(1),
                w: (conv.w / shrink).max(1),
                ..conv
            }),
            Problem::Matmul(product) if product.batch > 1 => Problem::Matmul(Matmul {
                batch: product.batch * batch,
                ..product
            }),
            Problem::Gradient(_) | Problem::Chain(_) | Problem::Other(_) => self.problem,
            Problem::Matmul(product) => Problem::Matmul(Matmul {
                m: product.m * batch,
                ..product
            }),
        }
    }
}

impl Table {
    /// Its layers, in its order.
    pub(super) fn layers(self) -> Vec<Layer> {
        let mut lines = self.text.lines();
        let names: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
        lines
            .enumerate()
            .map(|(number, line)| {
                let fields: Vec<&str> = line.split(',').collect();
                let field = |name: &str| names.iter().position(|other| *other == name).map(|at| fields[at]);
                let size = |name: &str, default: u32| field(name).and_then(|text| text.parse().ok()).unwrap_or(default);
                let either = |both: &str, one: &str| size(one, size(both, 0));
                let is_connected = ["h", "w", "r", "s"].iter().all(|name| size(name, 0) == 1);
                let problem = if is_connected {
                    // A fully connected layer: a row of the product per image.
                    Problem::Matmul(Matmul::new(size("n", 0), size("k", 0), size("c", 0)))
                } else if field("c").is_some() {
                    let conv = Conv2d::new(
                        ["n", "c", "h", "w"].map(|name| size(name, 0)),
                        ["k", "r", "s"].map(|name| size(name, 0)),
                    );
                    let [top, left] = [either("padding", "pad_h"), either("padding", "pad_w")];
                    Problem::Conv2d(Conv2d {
                        stride: [either("stride", "stride_h"), either("stride", "stride_w")],
                        padding: [top, left, top, left],
                        groups: size("groups", 1),
                        ..conv
                    })
                } else {
                    Problem::Matmul(Matmul {
                        batch: size("batch", 1),
                        transposed: ["a_transposed", "b_transposed"].map(|name| size(name, 0) == 1),
                        ..Matmul::new(size("m", 0), size("n", 0), size("k", 0))
                    })
                };
                let numbered = || format!("{:02}", number + 1);
                let name = field("set").or(field("name")).map_or_else(numbered, str::to_string);
                let name = match size("count", 1) {
                    1 => name,
                    count => format!("{name}-x{count}"),
                };
                Layer { name, problem }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::TABLES;

    fn table(name: &str) -> Vec<super::Layer> {
        TABLES.iter().find(|table| table.name == name).unwrap().layers()
    }

    /// Operations of one image, recurring layers counted as often as they recur.
    fn macs(name: &str) -> u64 {
        let count = |layer: &super::Layer| {
            let count = layer
                .name
                .split_once("-x")
                .map_or(1, |(_, count)| count.parse().unwrap());
            count * layer.problem.macs()
        };
        table(name).iter().map(count).sum()
    }

    #[test]
    fn networks_have_their_published_operations() {
        // 1.135 and 7.712 GFLOP, two per multiply-accumulate, and 15.347 GMAC, each without classifiers.
        let millions = |count: u64| (count as f64 / 1e6).round();
        assert_eq!(millions(2 * macs("mobilenet-v1")), 1135.0);
        assert_eq!(millions(2 * macs("resnet-50")), 7712.0);
        assert_eq!(millions(macs("vgg-16")), 15347.0);
        // Billions of multiply-accumulates as torchvision states them (`_ops` of each model's default weights), classifiers
        // included.
        for (name, published) in [
            ("alexnet", 0.714),
            ("vgg-11", 7.609),
            ("vgg-13", 11.308),
            ("vgg-19", 19.632),
            ("resnet-18", 1.814),
            ("squeezenet", 0.349),
            ("mobilenet-v2", 0.301),
            ("shufflenet-v2", 0.145),
            ("densenet-121", 2.834),
            ("googlenet", 1.498),
        ] {
            assert_eq!((macs(name) as f64 / 1e6).round() / 1e3, published, "{name}");
        }
        // 384·(4·768² + 2·768·3072) in products of one sequence, and 2·12·384²·64 in attention.
        assert_eq!(
            macs("bert-base"),
            384 * (4 * 768 * 768 + 2 * 768 * 3072) + 2 * 12 * 384 * 384 * 64
        );
    }

    #[test]
    fn every_layer_is_a_sound_problem() {
        for table in TABLES {
            for layer in table.layers() {
                layer.problem.validate().unwrap();
                assert!(
                    layer.resized(2, 2).validate().is_ok(),
                    "{}: {}",
                    table.name,
                    layer.problem
                );
            }
        }
        assert_eq!(table("deepbench-gemm").len(), 248);
        assert_eq!(table("deepbench-conv")[0].problem.to_string(), "n4c1h161w700k32r5s20t2");
        assert_eq!(table("mobilenet-v1")[13].name, "14-x5");
        let connected = &table("alexnet")[7];
        assert_eq!(connected.resized(32, 2).to_string(), "32x1000x4096");
    }
}
