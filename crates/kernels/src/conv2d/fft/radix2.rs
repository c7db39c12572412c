//! Straight-line WGSL for Fourier transforms of a power of two, with a count of its operations. Cooley and Tukey's radix 2,
//! decimation in time; of a real sequence only the first half of the spectrum is computed, the rest is its conjugate.

use std::f64::consts::TAU;
use std::fmt::Write;

/// A register, or zero.
pub(super) type Real = Option<String>;

/// A complex number in registers.
#[derive(Clone)]
pub(super) struct Complex {
    pub(super) re: Real,
    pub(super) im: Real,
}

/// Generated text and the additions and multiplications that it executes.
#[derive(Default)]
pub(super) struct Radix2 {
    pub(super) text: String,
    pub(super) operations: u64,
    names: u32,
}

impl Radix2 {
    /// One line of text.
    pub(super) fn line(&mut self, line: &str) {
        writeln!(self.text, "    {line}").expect("writing to a String cannot fail");
    }

    /// X\[0..=n/2\] of n real numbers: Σ x\[i\]·e^(−2πi·ik/n).
    pub(super) fn real(&mut self, x: &[Real]) -> Vec<Complex> {
        let n = x.len();
        if n == 1 {
            return vec![Complex {
                re: x[0].clone(),
                im: None,
            }];
        }
        let half = |odd: usize| x.iter().skip(odd).step_by(2).cloned().collect::<Vec<_>>();
        let (even, odd) = (self.real(&half(0)), self.real(&half(1)));
        let mut spectrum = vec![Complex { re: None, im: None }; n / 2 + 1];
        for k in 0..=n / 4 {
            let turned = self.turn(&odd[k], k, n, false);
            spectrum[k] = self.add(&even[k], &turned);
            if n / 2 - k != k {
                let difference = self.subtract(&even[k], &turned);
                spectrum[n / 2 - k] = conjugate(&difference);
            }
        }
        spectrum
    }

    /// All n values of Σ z\[i\]·e^(∓2πi·ik/n): minus forward, plus `inverse`.
    pub(super) fn complex(&mut self, z: &[Complex], inverse: bool) -> Vec<Complex> {
        let n = z.len();
        if n == 1 {
            return z.to_vec();
        }
        let half = |odd: usize| z.iter().skip(odd).step_by(2).cloned().collect::<Vec<_>>();
        let (even, odd) = (self.complex(&half(0), inverse), self.complex(&half(1), inverse));
        let mut spectrum = vec![Complex { re: None, im: None }; n];
        for k in 0..n / 2 {
            let turned = self.turn(&odd[k], k, n, inverse);
            spectrum[k] = self.add(&even[k], &turned);
            spectrum[k + n / 2] = self.subtract(&even[k], &turned);
        }
        spectrum
    }

    /// n times the n ≥ 2 real numbers whose spectrum this is; the imaginary parts of the first and the last value, zero
    /// of a real sequence, are left aside.
    pub(super) fn real_inverse(&mut self, spectrum: &[Complex]) -> Vec<Real> {
        let last = spectrum.len() - 1;
        let n = 2 * last;
        let real = |z: &Complex| Complex {
            re: z.re.clone(),
            im: None,
        };
        let (first, nyquist) = (real(&spectrum[0]), real(&spectrum[last]));
        if n == 2 {
            let sum = self.add(&first, &nyquist);
            let difference = self.subtract(&first, &nyquist);
            return vec![sum.re, difference.re];
        }
        let (mut even, mut odd) = (Vec::new(), Vec::new());
        for k in 0..=n / 4 {
            if 2 * k == last {
                let (re, im) = (self.scale(&spectrum[k].re, 2.0), self.scale(&spectrum[k].im, -2.0));
                even.push(Complex { re, im: None });
                odd.push(Complex { re: im, im: None });
                continue;
            }
            let (a, b) = if k == 0 {
                (first.clone(), nyquist.clone())
            } else {
                (spectrum[k].clone(), conjugate(&spectrum[last - k]))
            };
            even.push(self.add(&a, &b));
            let difference = self.subtract(&a, &b);
            odd.push(self.turn(&difference, k, n, true));
        }
        let (even, odd) = (self.real_inverse(&even), self.real_inverse(&odd));
        even.into_iter().zip(odd).flat_map(|(even, odd)| [even, odd]).collect()
    }

    /// z·e^(∓2πi·k/n).
    fn turn(&mut self, z: &Complex, k: usize, n: usize, inverse: bool) -> Complex {
        if k == 0 {
            return z.clone();
        }
        if 4 * k == n {
            let (re, im) = (z.re.clone(), z.im.clone());
            return match inverse {
                true => Complex {
                    re: negate(&im),
                    im: re,
                },
                false => Complex {
                    re: im,
                    im: negate(&re),
                },
            };
        }
        let angle = TAU * k as f64 / n as f64;
        let (cos, sin) = (angle.cos(), if inverse { angle.sin() } else { -angle.sin() });
        let (a, b) = (self.scale(&z.re, cos), self.scale(&z.im, sin));
        let (c, d) = (self.scale(&z.re, sin), self.scale(&z.im, cos));
        Complex {
            re: self.sum(&a, &b, '-'),
            im: self.sum(&c, &d, '+'),
        }
    }

    fn add(&mut self, a: &Complex, b: &Complex) -> Complex {
        Complex {
            re: self.sum(&a.re, &b.re, '+'),
            im: self.sum(&a.im, &b.im, '+'),
        }
    }

    fn subtract(&mut self, a: &Complex, b: &Complex) -> Complex {
        Complex {
            re: self.sum(&a.re, &b.re, '-'),
            im: self.sum(&a.im, &b.im, '-'),
        }
    }

    /// a + b or a − b; nothing is executed where one of them is zero.
    fn sum(&mut self, a: &Real, b: &Real, sign: char) -> Real {
        match (a, b) {
            (a, None) => a.clone(),
            (None, b) if sign == '+' => b.clone(),
            (None, b) => negate(b),
            (Some(a), Some(b)) => Some(self.name(&format!("{a} {sign} {b}"))),
        }
    }

    fn scale(&mut self, a: &Real, factor: f64) -> Real {
        let a = a.as_ref()?;
        Some(self.name(&format!("{a} * {:?}f", factor as f32)))
    }

    fn name(&mut self, expression: &str) -> String {
        let name = format!("t{}", self.names);
        self.names += 1;
        self.operations += 1;
        self.line(&format!("let {name} = {expression};"));
        name
    }
}

fn negate(a: &Real) -> Real {
    a.as_ref()
        .map(|a| match a.strip_prefix("(-").and_then(|a| a.strip_suffix(')')) {
            Some(positive) => positive.into(),
            None => format!("(-{a})"),
        })
}

fn conjugate(z: &Complex) -> Complex {
    Complex {
        re: z.re.clone(),
        im: negate(&z.im),
    }
}

/// The register's name, or a literal zero.
pub(super) fn text(a: &Real) -> &str {
    a.as_deref().unwrap_or("0.0f")
}
