//! The report's page in a real browser: nothing is wider than the page, tables sort, nothing complains. Needs Chromium.

use std::path::Path;
use std::process::Command;

/// Stands first in the page: keeps what a console would show.
const LISTEN: &str = "<script>window.problems = [];\
    addEventListener('error', event => problems.push(event.message));\
    for (const kind of ['error', 'warn']) console[kind] = (...words) => problems.push(words.join(' '));</script>";

/// Stands last in the page: tries it, and writes what it found into the title.
const TRY: &str = "<script>
const say = text => problems.push(text);
const page = document.documentElement;
if (page.scrollWidth > innerWidth) say(`the page is ${page.scrollWidth} wide in a window of ${innerWidth}`);
for (const part of document.querySelectorAll('main *:not(.wide *)')) {
  const right = part.getBoundingClientRect().right;
  if (right > innerWidth + 1) say(`${part.tagName} ends at ${right}`);
}
let sorted = 0;
for (const table of document.querySelectorAll('table.sort')) {
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    for (const up of [true, false]) {
      head.querySelector('button').click();
      const wanted = up ? 'ascending' : 'descending';
      if (head.getAttribute('aria-sort') !== wanted) say(`${head.textContent} is not ${wanted}`);
      const values = [...table.tBodies[0].rows].map(row => row.cells[column].dataset.value).filter(value => value !== undefined).map(Number);
      if (values.some((value, index) => index > 0 && (up ? value < values[index - 1] : value > values[index - 1]))) say(`${head.textContent} is out of order`);
      sorted += 1;
    }
  });
  const filter = table.closest('section').querySelector('input.filter');
  filter.value = 'no row says this'; filter.oninput();
}
if (sorted === 0) say('no table sorts');
if (document.querySelector('section:has(input.filter) tbody tr[hidden]') === null) say('the filter hides nothing');
for (const link of document.querySelectorAll('nav a')) if (document.getElementById(link.hash.slice(1)) === null) say(`${link.hash} leads nowhere`);
for (const svg of document.querySelectorAll('figure svg')) {
  if (svg.getAttribute('role') !== 'img' || !svg.getAttribute('aria-label')) say('a figure is not described');
  for (const mark of svg.querySelectorAll('circle')) if (!mark.querySelector('title') && !mark.nextElementSibling?.matches('text')) say('a mark has no title');
}
for (const table of document.querySelectorAll('table')) if (!table.caption || [...table.tHead.rows[0].cells].some(cell => cell.scope !== 'col')) say('a table without caption or scope');
if (document.querySelectorAll('main').length !== 1) say('there is not one main');
document.title = `tried: ${sorted} columns, ${problems.length} problems: ${[...new Set(problems)].slice(0, 5).join('; ')}`;
</script>";

/// What Chromium makes of a page in a window of this size, with these flags.
fn title(page: &Path, size: &str, flags: &[&str]) -> String {
    let output = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--dump-dom",
            &format!("--window-size={size}"),
        ])
        .args(flags)
        .arg(format!("file://{}", page.display()))
        .output()
        .expect("chromium starts");
    let dom = String::from_utf8_lossy(&output.stdout).into_owned();
    let title = dom
        .split_once("<title>")
        .and_then(|(_, rest)| rest.split_once("</title>"));
    title.unwrap_or_else(|| panic!("no title in {dom}")).0.to_owned()
}

#[test]
#[ignore = "needs Chromium: .ci/tools gets it"]
fn the_page_holds_in_chromium() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("report.html");
    let made = Command::new(env!("CARGO_BIN_EXE_joulemark"))
        .args(["report", "results/examples", "-o"])
        .arg(&page)
        .current_dir(repository)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let text = std::fs::read_to_string(&page).unwrap();
    let text = text.replacen("<head>", &format!("<head>{LISTEN}"), 1);
    let text = text.replacen("</body>", &format!("{TRY}</body>"), 1);
    std::fs::write(&page, text).unwrap();
    let dark: &[&str] = &["--blink-settings=preferredColorScheme=0"];
    for (size, flags) in [("1280,900", &[][..]), ("390,800", &[]), ("1280,900", dark)] {
        let title = title(&page, size, flags);
        assert!(
            title.starts_with("tried: ") && title.contains(" 0 problems"),
            "{size}: {title}"
        );
    }
    // The trial can fail: a table that is wider than the page is found.
    let text = std::fs::read_to_string(&page).unwrap();
    std::fs::write(
        &page,
        text.replacen("<h1>", "<p style=\"width: 3000px\">wide</p><h1>", 1),
    )
    .unwrap();
    assert!(!title(&page, "1280,900", &[]).contains(" 0 problems"));
}
