//! Whole-number expressions of named constants: `5 * ROWS * ceil_div(COLUMNS, 4)`. In: the text and what the names stand for.
//! Out: a number, or what is wrong.

use joulemark_base::plain_text::shown;

/// Parentheses within each other at most.
const DEEPEST: u32 = 64;

/// The value of an expression of whole numbers, names, `+ - * / %`, parentheses, `ceil_div(a, b)`, `min(a, b)` and
/// `max(a, b)`; `/` rounds down.
///
/// # Errors
/// A name without a value, a number below 0 or past 64 bits, or what does not parse.
pub fn evaluate(text: &str, value_of: &dyn Fn(&str) -> Option<u64>) -> Result<u64, String> {
    let mut parser = Parser {
        whole: text,
        rest: text.trim_start(),
        value_of,
        depth: 0,
    };
    let value = parser.sum()?;
    match parser.rest {
        "" => Ok(value),
        _ => Err(parser.wrong("an operator")),
    }
}

struct Parser<'a> {
    whole: &'a str,
    rest: &'a str,
    value_of: &'a dyn Fn(&str) -> Option<u64>,
    depth: u32,
}

impl<'a> Parser<'a> {
    fn wrong(&self, wanted: &str) -> String {
        let found = if self.rest.is_empty() { "its end" } else { self.rest };
        format!(
            "`{}` is no expression of whole numbers: {wanted} is missing before `{}`",
            shown(self.whole),
            shown(found)
        )
    }

    fn overflow(&self) -> String {
        format!("`{}` is below 0, past 64 bits, or divides by 0", shown(self.whole))
    }

    fn take(&mut self, symbols: &[char]) -> Option<char> {
        let first = self.rest.chars().next().filter(|c| symbols.contains(c))?;
        self.rest = self.rest[1..].trim_start();
        Some(first)
    }

    fn expect(&mut self, symbol: char) -> Result<(), String> {
        self.take(&[symbol])
            .map(drop)
            .ok_or_else(|| self.wrong(&format!("`{symbol}`")))
    }

    fn sum(&mut self) -> Result<u64, String> {
        let mut value = self.product()?;
        while let Some(symbol) = self.take(&['+', '-']) {
            let next = self.product()?;
            let result = if symbol == '+' {
                value.checked_add(next)
            } else {
                value.checked_sub(next)
            };
            value = result.ok_or_else(|| self.overflow())?;
        }
        Ok(value)
    }

    fn product(&mut self) -> Result<u64, String> {
        let mut value = self.factor()?;
        while let Some(symbol) = self.take(&['*', '/', '%']) {
            let next = self.factor()?;
            let result = match symbol {
                '*' => value.checked_mul(next),
                '/' => value.checked_div(next),
                _ => value.checked_rem(next),
            };
            value = result.ok_or_else(|| self.overflow())?;
        }
        Ok(value)
    }

    fn factor(&mut self) -> Result<u64, String> {
        if self.take(&['(']).is_some() {
            self.deeper()?;
            let value = self.sum()?;
            self.depth -= 1;
            self.expect(')')?;
            return Ok(value);
        }
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        if word.is_empty() {
            return Err(self.wrong("a number or a name"));
        }
        self.rest = rest.trim_start();
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            let digits = word.trim_end_matches('u').replace('_', "");
            return digits
                .parse()
                .map_err(|_| format!("`{word}` in `{}` is no whole number", self.whole));
        }
        if self.take(&['(']).is_some() {
            return self.call(word);
        }
        (self.value_of)(word).ok_or_else(|| format!("`{word}` in `{}` is no constant with one value", self.whole))
    }

    fn call(&mut self, name: &str) -> Result<u64, String> {
        self.deeper()?;
        let first = self.sum()?;
        self.expect(',')?;
        let second = self.sum()?;
        self.expect(')')?;
        self.depth -= 1;
        match name {
            "min" => Ok(first.min(second)),
            "max" => Ok(first.max(second)),
            "ceil_div" if second > 0 => Ok(first.div_ceil(second)),
            "ceil_div" => Err(self.overflow()),
            _ => Err(format!(
                "`{name}` in `{}` is no function: there are ceil_div, min and max",
                self.whole
            )),
        }
    }

    fn deeper(&mut self) -> Result<(), String> {
        self.depth += 1;
        match self.depth {
            ..=DEEPEST => Ok(()),
            _ => Err(format!(
                "an expression has more than {DEEPEST} parentheses within each other"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::evaluate;

    fn value(text: &str) -> Result<u64, String> {
        evaluate(text, &|name| match name {
            "N" => Some(100),
            "TILE" => Some(16),
            _ => None,
        })
    }

    #[test]
    fn arithmetic_is_that_of_whole_numbers() {
        for (text, expected) in [
            ("7", 7),
            (" 2 + 3 * 4 ", 14),
            ("(2 + 3) * 4", 20),
            ("N / TILE * TILE + N % TILE", 100),
            ("ceil_div(N, TILE)", 7),
            ("max(N, TILE) - min(N, TILE) - 4", 80),
            ("64u * 1_000", 64_000),
        ] {
            assert_eq!(value(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_told() {
        let deep = "(".repeat(1000);
        for (text, words) in [
            ("", "a number or a name is missing"),
            ("N +", "is missing before `its end`"),
            ("N N", "an operator is missing before `N`"),
            ("M * 2", "`M` in `M * 2` is no constant"),
            ("N - 101", "below 0"),
            ("N / 0", "divides by 0"),
            ("ceil_div(N, 0)", "divides by 0"),
            ("18446744073709551615 + 1", "past 64 bits"),
            ("12ab", "no whole number"),
            ("sqrt(N, 2)", "there are ceil_div"),
            ("(N", "`)` is missing"),
            (&deep, "more than 64 parentheses"),
        ] {
            let told = value(text).unwrap_err();
            assert!(told.contains(words), "{told}");
        }
    }
}
