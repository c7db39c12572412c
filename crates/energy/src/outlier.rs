//! A step that lies far off its window's others: a glitch that hid between two readings, or a load that paused. In:
//! lengths and powers of the steps. Out: a sentence with its size.

use joulemark_base::si::percent;
use joulemark_base::statistics::median;

/// Fewer steps have no line of their own.
const FEWEST_STEPS: usize = 4;
/// So many times the others' usual distance is far …
const FAR: f64 = 8.0;
/// … and so large a share of the usual power …
const LARGE: f64 = 0.2;
/// … and so large a share of the window's energy.
const WEIGHTY: f64 = 0.005;
/// Where more than one step in so many is far off, the load itself varies.
const RARE: usize = 12;

/// The lone steps that are far off the others, in a window of `energy_j` joules.
pub(crate) fn find(length_s: &[f64], power_w: &[f64], energy_j: f64) -> Option<String> {
    if power_w.len() < FEWEST_STEPS {
        return None;
    }
    let usual_w = median(power_w)?;
    let off_w: Vec<f64> = power_w.iter().map(|power_w| (power_w - usual_w).abs()).collect();
    // 1.4826 median absolute deviations are a standard deviation of normal values.
    let far_w = (FAR * 1.4826 * median(&off_w)?).max(LARGE * usual_w);
    let is_far = |index: usize| off_w.get(index).is_some_and(|off_w| *off_w > far_w);
    if (0..power_w.len()).filter(|&index| is_far(index)).count() > (power_w.len() / RARE).max(1) {
        return None;
    }
    let weight_j = |index: usize| off_w[index] * length_s[index];
    let found = (0..power_w.len()).find(|&index| is_far(index) && weight_j(index) > WEIGHTY * energy_j.abs())?;
    let missing_j = (power_w[found] - usual_w) * length_s[found];
    Some(format!(
        "one step of the sensor lies {missing_j:+.3} J off the line of the others ({:.0} W among {usual_w:.0} W, {} of \
         the window): a fall or a jump hidden between two readings, or a pause of the load",
        power_w[found],
        percent(missing_j.abs() / energy_j.abs())
    ))
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn a_lone_step_is_found_with_its_size() {
        let length_s = [0.08; 12];
        let mut power_w = [
            100.0, 101.0, 99.5, 100.2, 100.1, 99.0, 100.7, 100.0, 99.9, 100.3, 100.0, 99.8,
        ];
        assert_eq!(find(&length_s, &power_w, 96.0), None);
        for (index, glitch_w) in [(5, 37.5), (0, 170.0), (11, 30.0)] {
            let usual_w = std::mem::replace(&mut power_w[index], glitch_w);
            let text = find(&length_s, &power_w, 96.0).expect("far off");
            let size_j: f64 = text
                .split(' ')
                .find_map(|word| word.parse().ok().filter(|_| word.contains('.')))
                .expect("a size");
            assert!((size_j - 0.08 * (glitch_w - 100.0)).abs() < 0.02, "{text}");
            power_w[index] = usual_w;
        }
    }

    #[test]
    fn a_load_that_varies_has_no_outlier() {
        let power_w = [60.0, 250.0, 240.0, 70.0, 255.0, 65.0, 248.0, 245.0, 61.0, 251.0];
        assert_eq!(find(&[0.1; 10], &power_w, 175.0), None);
        assert_eq!(find(&[0.1; 3], &[100.0, 10.0, 100.0], 21.0), None, "too few steps");
    }
}
