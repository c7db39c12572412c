//! How it is measured: suites, sessions, verification, windows, the Criterion driver.
