//! Expressions over the fields of one record. In: a tree and the record's fields. Out: a value.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use joulemark_base::statistics::median;

use crate::value::Value;

/// The tree of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expression {
    Number(f64),
    Text(String),
    Field(String),
    Not(Box<Self>),
    Binary(Operator, Box<Self>, Box<Self>),
    Call(Function, Vec<Self>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Or,
    And,
    Equal,
    Unequal,
    AtMost,
    AtLeast,
    Less,
    Greater,
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

/// What can be called, by name and number of arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Mean,
    Median,
    Sum,
    Min,
    Max,
    Count,
    Round,
    Sqrt,
    If,
    IsNumber,
    Time,
    LogJoules,
    LogWatts,
}

const FUNCTIONS: [(&str, Function, usize); 13] = [
    ("mean", Function::Mean, 1),
    ("median", Function::Median, 1),
    ("sum", Function::Sum, 1),
    ("min", Function::Min, 1),
    ("max", Function::Max, 1),
    ("count", Function::Count, 1),
    ("round", Function::Round, 1),
    ("sqrt", Function::Sqrt, 1),
    ("if", Function::If, 3),
    ("is_number", Function::IsNumber, 1),
    ("time", Function::Time, 1),
    ("log_j", Function::LogJoules, 2),
    ("log_w", Function::LogWatts, 2),
];

/// Where an expression gets what it names.
pub(crate) trait Scope {
    /// The value of a field, a constant or a unit.
    fn field(&self, name: &str) -> Result<Value, String>;
    /// Joules that the power log shows between two moments.
    fn log_j(&self, begin_s: f64, end_s: f64) -> Result<Value, String>;
}

impl Expression {
    pub(crate) fn call(name: &str, arguments: Vec<Self>) -> Result<Self, String> {
        let known = FUNCTIONS.iter().find(|(known, ..)| *known == name);
        let Some((_, function, count)) = known else {
            let names: Vec<_> = FUNCTIONS.iter().map(|(name, ..)| *name).collect();
            return Err(format!("there is no function {name}; there are {}", names.join(", ")));
        };
        match arguments.len() == *count {
            true => Ok(Self::Call(*function, arguments)),
            false => Err(format!("{name} takes {count} argument(s), not {}", arguments.len())),
        }
    }

    /// The names of all fields in it.
    pub(crate) fn fields<'a>(&'a self, names: &mut BTreeSet<&'a str>) {
        match self {
            Self::Number(_) | Self::Text(_) => {}
            Self::Field(name) => drop(names.insert(name)),
            Self::Not(inner) => inner.fields(names),
            Self::Binary(_, left, right) => {
                left.fields(names);
                right.fields(names);
            }
            Self::Call(_, arguments) => arguments.iter().for_each(|argument| argument.fields(names)),
        }
    }

    /// What it comes to; the error is a sentence without a place.
    pub(crate) fn evaluate(&self, scope: &dyn Scope) -> Result<Value, String> {
        match self {
            Self::Number(number) => Ok(Value::Number(*number)),
            Self::Text(text) => Ok(Value::Text(text.clone())),
            Self::Field(name) => scope.field(name),
            Self::Not(inner) => Ok(truth(inner.evaluate(scope)?.number()?.map(|number| number == 0.0))),
            Self::Binary(operator, left, right) => binary(*operator, left, right, scope),
            Self::Call(function, arguments) => call(*function, arguments, scope),
        }
    }

    fn number(&self, scope: &dyn Scope) -> Result<Option<f64>, String> {
        self.evaluate(scope)?.number().map_err(|what| match self {
            Self::Field(name) => format!("column `{name}`: {what}"),
            _ => what,
        })
    }
}

fn truth(holds: Option<bool>) -> Value {
    holds.map_or(Value::Missing, |holds| Value::Number(f64::from(u8::from(holds))))
}

fn finite(number: Option<f64>) -> Result<Value, String> {
    match number {
        None => Ok(Value::Missing),
        Some(number) if number.is_finite() => Ok(Value::Number(number)),
        Some(_) => Err("the result is not a finite number: is something divided by zero?".into()),
    }
}

fn binary(operator: Operator, left: &Expression, right: &Expression, scope: &dyn Scope) -> Result<Value, String> {
    use Operator::{Add, And, AtLeast, AtMost, Divide, Equal, Greater, Less, Multiply, Or, Power, Subtract, Unequal};
    if matches!(operator, Equal | Unequal | Less | Greater | AtMost | AtLeast) {
        let (left, right) = (left.evaluate(scope)?, right.evaluate(scope)?);
        let holds = order(&left, &right)?.map(|order| match operator {
            Equal => order == Ordering::Equal,
            Unequal => order != Ordering::Equal,
            Less => order == Ordering::Less,
            Greater => order == Ordering::Greater,
            AtMost => order != Ordering::Greater,
            _ => order != Ordering::Less,
        });
        return Ok(truth(holds));
    }
    let (a, b) = (left.number(scope)?, right.number(scope)?);
    let both = a.zip(b);
    match operator {
        Or => Ok(truth(both.map(|(a, b)| a != 0.0 || b != 0.0))),
        And => Ok(truth(both.map(|(a, b)| a != 0.0 && b != 0.0))),
        Add => finite(both.map(|(a, b)| a + b)),
        Subtract => finite(both.map(|(a, b)| a - b)),
        Multiply => finite(both.map(|(a, b)| a * b)),
        Divide => finite(both.map(|(a, b)| a / b)),
        Power => finite(both.map(|(a, b)| a.powf(b))),
        Equal | Unequal | AtMost | AtLeast | Less | Greater => Ok(Value::Missing),
    }
}

/// Numbers by size, texts by letters.
fn order(left: &Value, right: &Value) -> Result<Option<Ordering>, String> {
    if let (Ok(a), Ok(b)) = (left.number(), right.number()) {
        return Ok(a.zip(b).map(|(a, b)| a.total_cmp(&b)));
    }
    Ok(left.text()?.zip(right.text()?).map(|(a, b)| a.cmp(&b)))
}

fn call(function: Function, arguments: &[Expression], scope: &dyn Scope) -> Result<Value, String> {
    let first = || arguments[0].evaluate(scope);
    match function {
        Function::If => match arguments[0].number(scope)? {
            None => Ok(Value::Missing),
            Some(condition) => arguments[if condition != 0.0 { 1 } else { 2 }].evaluate(scope),
        },
        Function::IsNumber => {
            let is = !matches!(first()?, Value::Missing) && matches!(first()?.number(), Ok(Some(_)));
            Ok(truth(Some(is)))
        }
        Function::Round => finite(arguments[0].number(scope)?.map(f64::round)),
        Function::Sqrt => finite(arguments[0].number(scope)?.map(f64::sqrt)),
        Function::Time => moment(&first()?),
        Function::LogJoules | Function::LogWatts => {
            let moments = [&arguments[0], &arguments[1]].map(|argument| moment(&argument.evaluate(scope)?)?.number());
            let [begin, end] = moments;
            let Some((begin_s, end_s)) = begin?.zip(end?) else {
                return Ok(Value::Missing);
            };
            if end_s <= begin_s {
                return Err(format!(
                    "a window that ends ({end_s} s) where it begins ({begin_s} s) or before"
                ));
            }
            let joules = scope.log_j(begin_s, end_s)?;
            match function {
                Function::LogJoules => Ok(joules),
                _ => finite(joules.number()?.map(|joules| joules / (end_s - begin_s))),
            }
        }
        Function::Mean | Function::Median | Function::Sum | Function::Min | Function::Max | Function::Count => {
            let items = match first()? {
                Value::Missing => return Ok(Value::Missing),
                Value::List(items) => items,
                single => vec![single],
            };
            let numbers = items.iter().map(Value::number).collect::<Result<Option<Vec<_>>, _>>()?;
            let Some(numbers) = numbers.filter(|numbers| !numbers.is_empty()) else {
                return Ok(Value::Missing);
            };
            let count = numbers.len() as f64;
            finite(match function {
                Function::Mean => Some(numbers.iter().sum::<f64>() / count),
                Function::Median => median(&numbers),
                Function::Sum => Some(numbers.iter().sum()),
                Function::Min => numbers.iter().copied().reduce(f64::min),
                Function::Max => numbers.iter().copied().reduce(f64::max),
                _ => Some(count),
            })
        }
    }
}

/// A moment in seconds: a number as it is, a date and time since 1970 (in UTC where it names no zone).
fn moment(value: &Value) -> Result<Value, String> {
    let Value::Text(text) = value else {
        return value
            .number()
            .map(|number| number.map_or(Value::Missing, Value::Number));
    };
    if let Ok(number) = value.number() {
        return Ok(number.map_or(Value::Missing, Value::Number));
    }
    let text = text.replace('/', "-");
    let zoned = text.parse::<jiff::Timestamp>().ok();
    let stamp = zoned.or_else(|| {
        let civil: jiff::civil::DateTime = text.parse().ok()?;
        Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    });
    let stamp = stamp.ok_or_else(|| {
        format!(
            "`{}` is no moment: write seconds, or 2026-01-31T12:00:00.5",
            joulemark_base::plain_text::shown(&text)
        )
    })?;
    Ok(Value::Number(stamp.as_nanosecond() as f64 * 1e-9))
}
