//! One of several parts of a campaign, each for another machine or job. In: `2/8`, or Slurm's array variables. Out: every
//! eighth case, so that parts of equal numbers are of about equal length.

use std::fmt;
use std::str::FromStr;

/// Part `index` of `count`, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 1 to `count`.
    pub index: u32,
    /// Of how many.
    pub count: u32,
}

impl Shard {
    /// Reads `2/8`, or `slurm`, which takes both numbers from the variables of a job array.
    ///
    /// # Errors
    /// A text that is neither, or variables that make no shard.
    pub fn parse(text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        if text != "slurm" {
            return text.parse();
        }
        let number = |name: &str| {
            let value = variable(name).ok_or_else(|| {
                format!("{name} is not set: `slurm` is for jobs that `sbatch --array` started; otherwise write I/N")
            })?;
            value
                .parse::<u32>()
                .map_err(|_| format!("{name} is `{value}`, not a whole number"))
        };
        let [id, first, count] = ["SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_COUNT"].map(number);
        let (id, first, count) = (id?, first?, count?);
        // Slurm does not say the step in a variable of older versions; it follows from the last task.
        let last = number("SLURM_ARRAY_TASK_MAX")?;
        let step = if count > 1 {
            last.saturating_sub(first) / (count - 1)
        } else {
            1
        };
        let index = id.checked_sub(first).map(|distance| distance / step.max(1) + 1);
        index
            .and_then(|index| Self::new(index, count))
            .ok_or_else(|| format!("task {id} of {count} from {first} to {last} makes no shard"))
    }

    fn new(index: u32, count: u32) -> Option<Self> {
        (1..=count).contains(&index).then_some(Self { index, count })
    }

    /// Every `count`-th case from the `index`-th on.
    #[must_use]
    pub fn pick<T>(self, cases: Vec<T>) -> Vec<T> {
        let first = self.index as usize - 1;
        cases.into_iter().skip(first).step_by(self.count as usize).collect()
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.split_once('/')
            .and_then(|(index, count)| Self::new(index.parse().ok()?, count.parse().ok()?))
            .ok_or_else(|| "write I/N, as in 2/8 for the second of eight parts, or slurm".into())
    }
}

#[cfg(test)]
mod tests {
    use super::Shard;

    #[test]
    fn shards_are_disjoint_and_together_everything() {
        let cases: Vec<u32> = (0..23).collect();
        let mut together = Vec::new();
        for index in 1..=8 {
            let part = Shard { index, count: 8 }.pick(cases.clone());
            assert!((2..=3).contains(&part.len()));
            together.extend(part);
        }
        together.sort_unstable();
        assert_eq!(together, cases);
    }

    #[test]
    fn slurm_tells_the_shard() {
        let shard = |id: &str, first: &str, last: &str, count: &str| {
            let value = |name: &str| {
                let text = match name {
                    "SLURM_ARRAY_TASK_ID" => id,
                    "SLURM_ARRAY_TASK_MIN" => first,
                    "SLURM_ARRAY_TASK_MAX" => last,
                    _ => count,
                };
                Some(text.to_string())
            };
            Shard::parse("slurm", value).map(|shard| shard.to_string())
        };
        assert_eq!(shard("0", "0", "7", "8").unwrap(), "1/8");
        assert_eq!(shard("3", "1", "4", "4").unwrap(), "3/4");
        assert_eq!(shard("10", "0", "10", "6").unwrap(), "6/6");
        assert_eq!(shard("5", "5", "5", "1").unwrap(), "1/1");
        assert!(shard("9", "1", "4", "4").is_err() && shard("x", "1", "4", "4").is_err());
        let outside = Shard::parse("slurm", |_| None).unwrap_err();
        assert!(outside.contains("SLURM_ARRAY_TASK_ID is not set"), "{outside}");
        for text in ["0/4", "5/4", "1/0", "1", "a/b", ""] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
