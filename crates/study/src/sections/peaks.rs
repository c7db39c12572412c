//! Every kernel against its device's measured ceilings. In: findings. Out: a section, where a ceiling was measured.

use joulemark_base::si::{percent, si, significant};

use crate::document::Section;
use crate::document::table::{Cell, Column, Table};
use crate::findings::Findings;

pub(super) fn peaks(findings: &Findings) -> Option<Section> {
    let mut section = Section::new("peaks", "Measured peaks");
    for device in &findings.peaks {
        section.heading(&device.device);
        let mut ceilings = Table::new(
            "The fastest that was seen",
            [Column::words("of"), Column::number("rate"), Column::words("by")],
        );
        let rates = device
            .arithmetic
            .iter()
            .map(|(precision, peak)| (precision.as_str(), peak, "OP/s"));
        for (what, peak, unit) in rates.chain(device.traffic.iter().map(|copy| ("copy", copy, "B/s"))) {
            let rate = Cell::number(peak.per_second, si(peak.per_second, unit));
            ceilings.row([Cell::words(what), rate, Cell::words(&peak.case)]);
        }
        section.table(ceilings);
        let columns = [
            Column::words("case"),
            Column::number("GFLOP/s").spare(2),
            Column::number("of peak"),
            Column::number("of roofline"),
            Column::words("bound by"),
        ];
        let mut shares = Table::new("Shares of these peaks", columns);
        for kernel in &device.kernels {
            shares.row([
                Cell::words(&kernel.case),
                Cell::number(kernel.flops_per_s, significant(kernel.flops_per_s / 1e9)),
                Cell::number(kernel.of_peak, percent(kernel.of_peak)),
                Cell::maybe(kernel.of_roofline, percent),
                Cell::words(if kernel.by_traffic { "bytes" } else { "arithmetic" }),
            ]);
        }
        section.table(shares);
    }
    (!findings.peaks.is_empty()).then_some(section)
}
