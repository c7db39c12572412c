//! From the shapes of two files to a problem. In: shapes, names of the files, the convolution's parameters. Out: the
//! problem and the shape of its output, or a sentence on what does not fit.

use std::str::FromStr;

use anyhow::{Context, bail, ensure};
use joulemark_harness::npy::text;
use joulemark_kernels::{Conv2d, Matmul, Problem};

/// The shape of a file's array and what to call it.
#[derive(Clone, Copy)]
pub(crate) struct Named<'a> {
    pub(crate) name: &'a str,
    pub(crate) shape: &'a [u32],
}

/// C = A·B of two matrices, or of two batches of matrices.
///
/// # Errors
/// If the shapes do not fit.
pub(crate) fn matmul(a: Named<'_>, b: Named<'_>) -> anyhow::Result<(Problem, Vec<u32>)> {
    for side in [a, b] {
        ensure!(
            matches!(side.shape.len(), 2 | 3),
            "{} has shape {}: a matmul takes matrices (rows, columns) or batches of them (batch, rows, columns)",
            side.name,
            text(side.shape)
        );
    }
    let both = || {
        let (a_shape, b_shape) = (text(a.shape), text(b.shape));
        format!("{} has shape {a_shape} and {} has shape {b_shape}", a.name, b.name)
    };
    let (batch, [m, k], [inner, n]) = match (a.shape, b.shape) {
        (&[m, k], &[inner, n]) => (1, [m, k], [inner, n]),
        (&[batch, m, k], &[batch_b, inner, n]) => {
            ensure!(batch == batch_b, "{}: the batches must be equal", both());
            (batch, [m, k], [inner, n])
        }
        _ => bail!("{}: give both two dimensions, or both three", both()),
    };
    ensure!(
        k == inner,
        "{}: the columns of the first must be as many as the rows of the second",
        both()
    );
    let problem = Problem::Matmul(Matmul {
        batch,
        ..Matmul::new(m, n, k)
    });
    problem.validate()?;
    let mut shape = problem.shape_of_output();
    if a.shape.len() == 2 {
        shape.remove(0);
    }
    Ok((problem, shape))
}

/// Parameters of a convolution, as the command line gives them.
#[derive(Clone, Copy, Default)]
pub(crate) struct Geometry {
    pub(crate) stride: Option<Axes>,
    pub(crate) padding: Option<Sides>,
    pub(crate) dilation: Option<Axes>,
    pub(crate) groups: Option<u32>,
}

impl Geometry {
    /// The flag that is given first, if any.
    pub(crate) fn given(&self) -> Option<&'static str> {
        let flags = [
            ("--stride", self.stride.is_some()),
            ("--padding", self.padding.is_some()),
            ("--dilation", self.dilation.is_some()),
            ("--groups", self.groups.is_some()),
        ];
        flags.into_iter().find(|(_, given)| *given).map(|(flag, _)| flag)
    }
}

/// Y = X∗W.
///
/// # Errors
/// If the shapes do not fit.
pub(crate) fn conv2d(x: Named<'_>, w: Named<'_>, geometry: &Geometry) -> anyhow::Result<(Problem, Vec<u32>)> {
    let &[images, c, height, width] = x.shape else {
        bail!(
            "{} has shape {}: the input of a conv2d is (images, channels, height, width)",
            x.name,
            text(x.shape)
        );
    };
    let &[k, channels, r, s] = w.shape else {
        bail!(
            "{} has shape {}: the weights of a conv2d are (filters, channels per group, height, width)",
            w.name,
            text(w.shape)
        );
    };
    let groups = geometry.groups.unwrap_or(1);
    let problem = Problem::Conv2d(Conv2d {
        stride: geometry.stride.map_or([1; 2], |axes| axes.0),
        padding: geometry.padding.map_or([0; 4], |sides| sides.0),
        dilation: geometry.dilation.map_or([1; 2], |axes| axes.0),
        groups,
        ..Conv2d::new([images, c, height, width], [k, r, s])
    });
    problem
        .validate()
        .with_context(|| format!("{} and {}", x.name, w.name))?;
    ensure!(
        channels == c / groups,
        "{} has shape {} and {} has shape {}: with {groups} group(s) each filter must have {} channels",
        x.name,
        text(x.shape),
        w.name,
        text(w.shape),
        c / groups
    );
    Ok((problem, problem.shape_of_output()))
}

/// A number per axis: height,width, or one for both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Axes(pub(crate) [u32; 2]);

/// A number per side: top,left,bottom,right, or one for all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sides(pub(crate) [u32; 4]);

impl FromStr for Axes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        numbers(text, "height,width").map(Self)
    }
}

impl FromStr for Sides {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        numbers(text, "top,left,bottom,right").map(Self)
    }
}

fn numbers<const N: usize>(text: &str, names: &str) -> Result<[u32; N], String> {
    let numbers: Option<Vec<u32>> = text.split(',').map(|number| number.trim().parse().ok()).collect();
    match numbers.as_deref() {
        Some(&[one]) => Ok([one; N]),
        Some(many) if many.len() == N => Ok(std::array::from_fn(|index| many[index])),
        _ => Err(format!("give {names} as whole numbers, or one number for all")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Axes, Geometry, Named, Sides, conv2d, matmul};

    fn named<'a>(name: &'a str, shape: &'a [u32]) -> Named<'a> {
        Named { name, shape }
    }

    #[test]
    fn outputs_have_the_rank_of_the_inputs() {
        let (problem, shape) = matmul(named("A", &[2, 3]), named("B", &[3, 5])).unwrap();
        assert_eq!((problem.to_string().as_str(), shape), ("2x5x3", vec![2, 5]));
        let (problem, shape) = matmul(named("A", &[1, 2, 3]), named("B", &[1, 3, 5])).unwrap();
        assert_eq!((problem.to_string().as_str(), shape), ("2x5x3", vec![1, 2, 5]));
        let geometry = Geometry {
            stride: "2,1".parse().ok(),
            padding: "1,0,2,3".parse().ok(),
            ..Geometry::default()
        };
        let (_, shape) = conv2d(named("X", &[1, 2, 5, 6]), named("W", &[4, 2, 3, 2]), &geometry).unwrap();
        assert_eq!(shape, [1, 4, 3, 8]);
    }

    #[test]
    fn numbers_come_alone_or_complete() {
        assert_eq!("2".parse(), Ok(Axes([2, 2])));
        assert_eq!("2,1".parse(), Ok(Axes([2, 1])));
        assert_eq!("0,1,2,3".parse(), Ok(Sides([0, 1, 2, 3])));
        for text in ["", "1,2,3", "-1", "1,", "a"] {
            assert!(text.parse::<Axes>().is_err(), "{text}");
        }
        assert!("1,2".parse::<Sides>().is_err());
    }
}
