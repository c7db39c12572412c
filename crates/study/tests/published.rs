//! The page on published data is what the command makes of them.

#[path = "../examples/published.rs"]
#[expect(dead_code, reason = "the example's own main is not called here")]
mod published;

use std::path::Path;

#[test]
#[ignore = "needs the published tables, which are not kept in this repository: JOULEMARK_TEST_PUBLISHED=FOLDER"]
fn the_page_is_up_to_date() {
    let data = std::env::var_os("JOULEMARK_TEST_PUBLISHED").expect("JOULEMARK_TEST_PUBLISHED names their folder");
    let page = include_str!("../../../results/PUBLISHED.md");
    assert_eq!(published::page(Path::new(&data)).unwrap(), page);
}
