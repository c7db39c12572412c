//! What it means: statistics, cost proxies, findings, comparison, report.
