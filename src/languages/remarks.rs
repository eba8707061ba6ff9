//! What models say of their own about an answer, and words that no news agency writes by itself: `remarks.toml`.

use serde::Deserialize;

use super::Part;

/// All in lower case.
#[derive(Debug, Clone, Default)]
pub struct Remarks {
    /// Give a model away wherever they stand.
    pub remarks: Vec<String>,
    /// Labels that a model puts before its answer.
    pub labels: Vec<String>,
    /// Labels that a model puts before a remark, in brackets too.
    pub notes: Vec<String>,
    /// Open a remark in a line of its own behind the answer.
    pub behind: Vec<String>,
    /// Stems that show that a text itself speaks of texts and translations.
    pub topic: Vec<String>,
    /// Words of a source that excuse a label in its translation.
    pub excuses: Vec<String>,
    /// Swear words.
    pub profanity: Vec<Part>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    remarks: Vec<String>,
    labels: Vec<String>,
    notes: Vec<String>,
    behind: Vec<String>,
    topic: Vec<String>,
    excuses: Vec<String>,
    profanity: String,
}

impl Remarks {
    /// Adds what a file says.
    pub(super) fn add(&mut self, text: &str) -> Result<(), String> {
        let file: File = super::parse::parse(text)?;
        self.remarks.extend(file.remarks);
        self.labels.extend(file.labels);
        self.notes.extend(file.notes);
        self.behind.extend(file.behind);
        self.topic.extend(file.topic);
        self.excuses.extend(file.excuses);
        self.profanity
            .extend(super::parse::words(&file.profanity).map(|word| Part::new(&word)));
        Ok(())
    }
}
