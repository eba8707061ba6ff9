//! How a model opens an answer, "Sure, here is the translation:": `openings.txt`.

/// All in lower case.
#[derive(Debug, Clone, Default)]
pub struct Openings {
    /// Yes to the request.
    pub affirm: Vec<String>,
    /// What announces a text.
    pub present: Vec<String>,
    /// Stems of words for translating.
    pub translation: Vec<String>,
    /// Stems of words for texts and languages.
    pub about: Vec<String>,
}

impl Openings {
    /// Adds the lines of a file: one of the four names, a colon, and words or phrases divided by commas.
    pub(super) fn add(&mut self, text: &str) -> Result<(), String> {
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (kind, words) = line.split_once(':').unwrap_or((line, ""));
            let list = match kind {
                "affirm" => &mut self.affirm,
                "present" => &mut self.present,
                "translation" => &mut self.translation,
                "about" => &mut self.about,
                _ => return Err(format!("\"{kind}\" is no kind of opening")),
            };
            list.extend(words.split(',').map(|word| word.trim().to_string()));
        }
        Ok(())
    }
}
