//! Two-dimensional convolution (cross-correlation, as deep learning has it): NCHW input, KCRS weights, NKPQ output.

use std::fmt;
use std::str::FromStr;

use crate::unsupported::Unsupported;

/// Y\[n, k, p, q\] = Σ X\[n, c, p·stride − pad + r·dilation, …\] · W\[k, c, r, s\] over the `c/groups` channels of k's group.
///
/// Id: `n1c64h56w56k64r3s3`, then `t2` stride, `p1` padding, `d2` dilation, `g64` groups where they are not 1, 0, 1, 1;
/// `t2-1` where height and width differ, `p0-1-0-1` (top, left, bottom, right) where sides differ; `relu` last where the
/// output is max(0, Y + bias).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Conv2d {
    /// Images.
    pub n: u32,
    /// Input channels.
    pub c: u32,
    /// Input height.
    pub h: u32,
    /// Input width.
    pub w: u32,
    /// Filters, which are output channels.
    pub k: u32,
    /// Filter height.
    pub r: u32,
    /// Filter width.
    pub s: u32,
    /// Stride: height, width.
    pub stride: [u32; 2],
    /// Zero padding: top, left, bottom, right.
    pub padding: [u32; 4],
    /// Dilation: height, width.
    pub dilation: [u32; 2],
    /// Groups; `c` of them is a depthwise convolution.
    pub groups: u32,
    /// Whether a bias per filter is added and negatives become 0. The bias is the last number of a filter's row, so that a
    /// problem has two inputs: W is then `k`×(taps + 1).
    pub bias_relu: bool,
}

/// What ends an id where bias and ReLU are asked for.
const BIAS_RELU: &str = "relu";

impl Conv2d {
    /// A convolution with stride 1, no padding, no dilation and one group.
    pub fn new([n, c, h, w]: [u32; 4], [k, r, s]: [u32; 3]) -> Self {
        Self {
            n,
            c,
            h,
            w,
            k,
            r,
            s,
            stride: [1; 2],
            padding: [0; 4],
            dilation: [1; 2],
            groups: 1,
            bias_relu: false,
        }
    }

    /// The same with this stride on both axes.
    pub fn stride(self, stride: u32) -> Self {
        Self {
            stride: [stride; 2],
            ..self
        }
    }

    /// The same with this padding on all sides.
    pub fn padding(self, padding: u32) -> Self {
        Self {
            padding: [padding; 4],
            ..self
        }
    }

    /// The same with this many groups.
    pub fn groups(self, groups: u32) -> Self {
        Self { groups, ..self }
    }

    /// Output height: ⌊(H + pad_top + pad_bottom − d(R−1) − 1)/stride⌋ + 1.
    pub fn p(&self) -> u32 {
        output_size(
            self.h,
            self.padding[0],
            self.padding[2],
            self.dilation[0],
            self.r,
            self.stride[0],
        )
        .unwrap_or(0)
    }

    /// Output width, alike.
    pub fn q(&self) -> u32 {
        output_size(
            self.w,
            self.padding[1],
            self.padding[3],
            self.dilation[1],
            self.s,
            self.stride[1],
        )
        .unwrap_or(0)
    }

    /// Length of the reduction for one output: (C/g)·R·S.
    pub fn taps(&self) -> u64 {
        u64::from(self.c / self.groups) * u64::from(self.r) * u64::from(self.s)
    }

    pub(super) fn validate(&self) -> Result<(), Unsupported> {
        let refuse = |what: String| Err(Unsupported::new(format!("conv2d {self}: {what}")));
        let sizes = [
            ("n", self.n),
            ("c", self.c),
            ("h", self.h),
            ("w", self.w),
            ("k", self.k),
            ("r", self.r),
            ("s", self.s),
            ("stride (height)", self.stride[0]),
            ("stride (width)", self.stride[1]),
            ("dilation (height)", self.dilation[0]),
            ("dilation (width)", self.dilation[1]),
            ("groups", self.groups),
        ];
        if let Some((name, _)) = sizes.iter().find(|(_, size)| *size == 0) {
            return refuse(format!("{name} is 0, it must be at least 1"));
        }
        for (name, count) in [("input channels c", self.c), ("filters k", self.k)] {
            if !count.is_multiple_of(self.groups) {
                return refuse(format!(
                    "{name} = {count} cannot be split into {} equal groups",
                    self.groups
                ));
            }
        }
        let axes = [
            (
                "height",
                self.h,
                self.padding[0],
                self.padding[2],
                self.dilation[0],
                self.r,
                self.stride[0],
            ),
            (
                "width",
                self.w,
                self.padding[1],
                self.padding[3],
                self.dilation[1],
                self.s,
                self.stride[1],
            ),
        ];
        for (axis, size, before, after, dilation, taps, stride) in axes {
            if output_size(size, before, after, dilation, taps, stride).is_none() {
                let span = u64::from(dilation) * u64::from(taps - 1) + 1;
                let padded = u64::from(size) + u64::from(before) + u64::from(after);
                return refuse(match padded < span {
                    true => format!("the filter spans {span} in {axis}, more than the padded input's {padded}"),
                    false => format!("the padded input is {padded} in {axis}, more than 2^31 - 1"),
                });
            }
        }
        if self.taps() > u64::from(i32::MAX.unsigned_abs()) {
            return refuse("one filter has more than 2^31 - 1 taps".into());
        }
        Ok(())
    }
}

/// Output size along one axis; `None` if the filter does not fit or a size overflows 31 bits.
fn output_size(size: u32, before: u32, after: u32, dilation: u32, taps: u32, stride: u32) -> Option<u32> {
    let padded = u64::from(size) + u64::from(before) + u64::from(after);
    let span = u64::from(dilation) * u64::from(taps.checked_sub(1)?) + 1;
    if padded > u64::from(i32::MAX.unsigned_abs()) {
        return None;
    }
    u32::try_from(padded.checked_sub(span)?.checked_div(stride.into())? + 1).ok()
}

impl fmt::Display for Conv2d {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            n, c, h, w, k, r, s, ..
        } = self;
        write!(f, "n{n}c{c}h{h}w{w}k{k}r{r}s{s}")?;
        let mut option = |letter: char, values: &[u32], default: u32| {
            if values.iter().all(|value| *value == default) {
                return Ok(());
            }
            if values.iter().all(|value| *value == values[0]) {
                return write!(f, "{letter}{}", values[0]);
            }
            let values: Vec<_> = values.iter().map(u32::to_string).collect();
            write!(f, "{letter}{}", values.join("-"))
        };
        option('t', &self.stride, 1)?;
        option('p', &self.padding, 0)?;
        option('d', &self.dilation, 1)?;
        option('g', &[self.groups], 1)?;
        f.write_str(if self.bias_relu { BIAS_RELU } else { "" })
    }
}

impl FromStr for Conv2d {
    type Err = Unsupported;

    fn from_str(text: &str) -> Result<Self, Unsupported> {
        let wrong = |why: String| {
            Unsupported::new(format!(
                "`{text}` is not a conv2d problem ({why}): write it as n1c64h56w56k64r3s3p1"
            ))
        };
        let mut conv = Self::new([0; 4], [0; 3]);
        let mut rest = text;
        if let Some(sizes) = text.strip_suffix(BIAS_RELU) {
            (conv.bias_relu, rest) = (true, sizes);
        }
        while let Some(letter) = rest.chars().next() {
            let tail = &rest[letter.len_utf8()..];
            let end = tail
                .find(|c: char| !c.is_ascii_digit() && c != '-')
                .unwrap_or(tail.len());
            let values: Vec<u32> = tail[..end]
                .split('-')
                .map(str::parse)
                .collect::<Result<_, _>>()
                .map_err(|_| wrong(format!("no number after `{letter}`")))?;
            let slots: &mut [u32] = match letter {
                'n' => std::slice::from_mut(&mut conv.n),
                'c' => std::slice::from_mut(&mut conv.c),
                'h' => std::slice::from_mut(&mut conv.h),
                'w' => std::slice::from_mut(&mut conv.w),
                'k' => std::slice::from_mut(&mut conv.k),
                'r' => std::slice::from_mut(&mut conv.r),
                's' => std::slice::from_mut(&mut conv.s),
                't' => &mut conv.stride,
                'p' => &mut conv.padding,
                'd' => &mut conv.dilation,
                'g' => std::slice::from_mut(&mut conv.groups),
                _ => return Err(wrong(format!("no dimension is called `{letter}`"))),
            };
            match values[..] {
                [value] => slots.fill(value),
                _ if values.len() == slots.len() => slots.copy_from_slice(&values),
                _ => return Err(wrong(format!("`{letter}` takes 1 or {} numbers", slots.len()))),
            }
            rest = &tail[end..];
        }
        Ok(conv)
    }
}
