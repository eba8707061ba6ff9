//! What the server tells its operator: one line an event, as text or as JSON. No line has a word of what clients send.

use std::fmt;
use std::str::FromStr;
use std::time::UNIX_EPOCH;

use serde_json::{Map, Value};

use crate::error::Error;

/// How the lines of the log are written (`--log-format`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// A time, the event, and its fields as `name=value`.
    #[default]
    Text,
    /// An object a line.
    Json,
}

impl LogFormat {
    const ALL: [Self; 2] = [Self::Text, Self::Json];
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

impl FromStr for LogFormat {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Error::one_of("format of the log", text, &Self::ALL)
    }
}

/// The way of events to the operator.
pub struct Log {
    format: LogFormat,
    sink: Box<dyn Fn(String) + Send + Sync>,
}

impl Log {
    /// A log whose lines go to `sink`.
    pub fn new(format: LogFormat, sink: impl Fn(String) + Send + Sync + 'static) -> Self {
        Self {
            format,
            sink: Box::new(sink),
        }
    }

    /// Tells of `event`.
    pub fn event<const N: usize>(&self, event: &str, fields: [(&str, Value); N]) {
        let since = UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs());
        let now = time(since);
        (self.sink)(match self.format {
            LogFormat::Json => {
                let head = [("time", Value::from(now)), ("event", Value::from(event))];
                let fields = head.into_iter().chain(fields);
                let object: Map<String, Value> = fields
                    .map(|(name, value)| (name.to_string(), value))
                    .collect();
                Value::Object(object).to_string()
            }
            LogFormat::Text => {
                let mut line = format!("{now} {event}");
                for (name, value) in fields {
                    line.push_str(&format!(" {name}={value}"));
                }
                line
            }
        });
    }
}

/// Seconds since 1970 as RFC 3339 writes them.
pub fn time(seconds: u64) -> String {
    let (days, rest) = (seconds / 86400, seconds % 86400);
    // The calendar's days from 1 March of the year 0 on, by eras of 400 years, years, and months that end with February.
    let day = days + 719_468;
    let (era, of_era) = (day / 146_097, day % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = match month {
        0..10 => (month + 3, 0),
        _ => (month - 9, 1),
    };
    format!(
        "{:04}-{month:02}-{date:02}T{:02}:{:02}:{:02}Z",
        era * 400 + year + next,
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        assert_eq!(time(0), "1970-01-01T00:00:00Z");
        assert_eq!(time(951_782_399), "2000-02-28T23:59:59Z");
        assert_eq!(time(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(time(1_709_251_200), "2024-03-01T00:00:00Z");
        assert_eq!(time(1_798_761_599), "2026-12-31T23:59:59Z");
    }
}
