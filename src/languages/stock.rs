//! Stock phrases and words that stand alone, too short for small models: `stock.txt`.

/// The keys of the weekdays' short forms, from Monday.
pub const SHORT_DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// The keys of the weekdays.
pub const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// The stock phrases of a language, by a key that all languages share.
#[derive(Debug, Clone, Default)]
pub struct Stock {
    rows: Vec<(String, Vec<String>)>,
}

impl Stock {
    /// Adds the lines of a file: a key, a colon, and the phrases divided by commas, the first of which is written.
    pub(super) fn add(&mut self, text: &str) -> Result<(), String> {
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let no_phrase = || format!("\"{line}\" has no phrase");
            let (key, phrases) = line.split_once(": ").ok_or_else(no_phrase)?;
            let phrases = phrases.split(',').map(|phrase| phrase.trim().to_string());
            self.rows.push((key.to_string(), phrases.collect()));
        }
        Ok(())
    }

    /// The key of the first row that has a phrase that `fits`.
    pub fn key(&self, fits: impl Fn(&str) -> bool) -> Option<&str> {
        let has = |(_, phrases): &&(String, Vec<String>)| phrases.iter().any(|one| fits(one));
        self.rows.iter().find(has).map(|(key, _)| key.as_str())
    }

    /// How the phrase with this key is written.
    pub fn written(&self, key: &str) -> Option<&str> {
        let (_, phrases) = self.rows.iter().find(|(own, _)| own == key)?;
        phrases.first().map(String::as_str)
    }

    /// All keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().map(|(key, _)| key.as_str())
    }
}
