//! Reads an expression. In: its text, as in `P_W * t_ms / 1000`. Out: a tree, or what is wrong and where.
//!
//! Numbers; names of fields (any text between backticks); 'texts'; + − * / ^; comparisons; `and`, `or`, `not`;
//! calls as `mean(times)`. Binding as in mathematics: `-2^2` is −4.

use joulemark_base::plain_text::shown;

use crate::expression::{Expression, Operator};

/// Deepest nesting that is read.
const DEEPEST: u32 = 64;
/// Longest expression that is read, in bytes: a longer one would be a tree too deep to walk.
const LONGEST: usize = 4096;

/// The tree of an expression.
pub(crate) fn parse(text: &str) -> Result<Expression, String> {
    if text.len() > LONGEST {
        return Err(format!("`{}`: longer than {LONGEST} characters", shown(text)));
    }
    let mut parser = Parser {
        text,
        rest: text.trim_start(),
        depth: 0,
    };
    let expression = parser.binary(0)?;
    match parser.rest.is_empty() {
        true => Ok(expression),
        false => Err(parser.wrong("an operator or the end")),
    }
}

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
    depth: u32,
}

/// Operators by how tightly they bind, the loosest first. A longer one stands before its beginning.
const LEVELS: [&[(&str, Operator)]; 5] = [
    &[("or", Operator::Or)],
    &[("and", Operator::And)],
    &[
        ("==", Operator::Equal),
        ("!=", Operator::Unequal),
        ("<=", Operator::AtMost),
        (">=", Operator::AtLeast),
        ("<", Operator::Less),
        (">", Operator::Greater),
    ],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[("*", Operator::Multiply), ("/", Operator::Divide)],
];

impl<'a> Parser<'a> {
    fn wrong(&self, expected: &str) -> String {
        let at = self.text.len() - self.rest.len();
        let found = self
            .rest
            .chars()
            .next()
            .map_or("the end".into(), |next| format!("`{next}`"));
        format!(
            "`{}`: {expected} should stand at character {}, not {found}",
            shown(self.text),
            self.text[..at].chars().count() + 1
        )
    }

    fn skip(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest.trim_start();
        taken
    }

    fn take(&mut self, token: &str) -> bool {
        let word = token.starts_with(|c: char| c.is_ascii_alphabetic());
        let Some(after) = self.rest.strip_prefix(token) else {
            return false;
        };
        // `order` is a name, not `or` and the rest.
        if word && after.starts_with(is_of_name) {
            return false;
        }
        self.skip(token.len());
        true
    }

    fn binary(&mut self, level: usize) -> Result<Expression, String> {
        let Some(operators) = LEVELS.get(level) else {
            return self.unary();
        };
        let mut left = self.binary(level + 1)?;
        while let Some((_, operator)) = operators.iter().find(|(token, _)| self.take(token)) {
            let right = self.binary(level + 1)?;
            left = Expression::Binary(*operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expression, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("`{}`: nested more than {DEEPEST} deep", shown(self.text)));
        }
        let result = if self.take("-") {
            Expression::Binary(
                Operator::Subtract,
                Box::new(Expression::Number(0.0)),
                Box::new(self.unary()?),
            )
        } else if self.take("not") {
            Expression::Not(Box::new(self.unary()?))
        } else {
            let base = self.atom()?;
            match self.take("^") {
                true => Expression::Binary(Operator::Power, Box::new(base), Box::new(self.unary()?)),
                false => base,
            }
        };
        self.depth -= 1;
        Ok(result)
    }

    fn atom(&mut self) -> Result<Expression, String> {
        if self.take("(") {
            let inner = self.binary(0)?;
            return match self.take(")") {
                true => Ok(inner),
                false => Err(self.wrong("`)`")),
            };
        }
        for (mark, make) in [
            ('\'', Expression::Text as fn(String) -> Expression),
            ('`', Expression::Field),
        ] {
            if let Some(quoted) = self.rest.strip_prefix(mark) {
                let end = quoted
                    .find(mark)
                    .ok_or_else(|| format!("`{}`: a {mark} is not closed", shown(self.text)))?;
                let inner = quoted[..end].to_owned();
                self.skip(end + 2);
                return Ok(make(inner));
            }
        }
        if self.rest.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            return self.number();
        }
        let end = self.rest.find(|c| !is_of_name(c)).unwrap_or(self.rest.len());
        if end == 0 {
            return Err(self.wrong("a number, a name or `(`"));
        }
        let name = self.skip(end).to_owned();
        if !self.take("(") {
            return Ok(Expression::Field(name));
        }
        let mut arguments = Vec::new();
        while !self.take(")") {
            if !arguments.is_empty() && !self.take(",") {
                return Err(self.wrong("`,` or `)`"));
            }
            arguments.push(self.binary(0)?);
        }
        Expression::call(&name, arguments).map_err(|what| format!("`{}`: {what}", shown(self.text)))
    }

    fn number(&mut self) -> Result<Expression, String> {
        let digits = |text: &str| {
            text.find(|c: char| !c.is_ascii_digit() && c != '.')
                .unwrap_or(text.len())
        };
        let mut end = digits(self.rest);
        if let Some(exponent) = self.rest[end..].strip_prefix(['e', 'E']) {
            let signed = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            let length = digits(signed);
            if length > 0 {
                end += 1 + (exponent.len() - signed.len()) + length;
            }
        }
        let number = self.rest[..end].parse::<f64>().ok().filter(|number| number.is_finite());
        let number = number.ok_or_else(|| self.wrong("a number"))?;
        self.skip(end);
        Ok(Expression::Number(number))
    }
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | '^')
}
