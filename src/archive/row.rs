//! A row of a shard, and its columns.

use serde_json::{Map, Value, json};

use super::options::{Options, SCHEMA};
use crate::Translation;
use crate::output::report::Tool;
use crate::text::Lang;

/// What a column holds. Each cell may be null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Anything, as JSON.
    Json,
    /// A number.
    Number,
}

/// A column.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

/// The columns of an archive, in their order.
pub fn columns(options: &Options) -> Vec<Column> {
    let mut columns = Vec::new();
    let mut add = |name: String, kind| columns.push(Column { name, kind });
    for name in ["id", "language", "title"] {
        add(name.to_string(), Kind::Text);
    }
    if options.summarize {
        add("summary".to_string(), Kind::Text);
    }
    for to in &options.to {
        add(format!("title_{to}"), Kind::Text);
        add(format!("translation_{to}"), Kind::Text);
        if options.summarize {
            add(format!("summary_{to}"), Kind::Text);
        }
        add(format!("risk_{to}"), Kind::Number);
        add(format!("findings_{to}"), Kind::Json);
    }
    add("provenance".to_string(), Kind::Json);
    columns
}

/// An article with its translations.
#[derive(Debug, Default)]
pub struct Row {
    /// What it is called.
    pub id: String,
    /// Its language.
    pub language: String,
    /// Its title.
    pub title: Option<String>,
    /// Its summary in its own language.
    pub summary: Option<String>,
    /// The model that wrote the summary, or `extract`.
    pub summary_by: Option<String>,
    /// In the order of the languages asked for.
    pub into: Vec<Rendered>,
    /// The models that took part.
    pub models: Vec<Value>,
}

/// An article in another language.
#[derive(Debug)]
pub struct Rendered {
    /// The language.
    pub lang: Lang,
    /// The title.
    pub title: Option<String>,
    /// The text.
    pub text: String,
    /// The summary.
    pub summary: Option<String>,
    /// How probable it is that the riskiest segment misleads; `None` where no model says anything of it.
    pub risk: Option<f64>,
    /// The segments in which something may be wrong.
    pub findings: Vec<Value>,
    /// How it came about, for a person; empty if nothing was translated.
    pub route: String,
}

impl Rendered {
    /// An article that is in the language already.
    pub fn itself(lang: Lang, title: Option<String>, text: &str, summary: Option<String>) -> Self {
        Self {
            lang,
            title,
            text: text.to_string(),
            summary,
            risk: None,
            findings: Vec::new(),
            route: String::new(),
        }
    }

    /// A translation; `chosen` are the segments that make its summary.
    pub fn of(lang: Lang, made: &Translation, chosen: Option<&[usize]>) -> Self {
        let summary = chosen.map(|chosen| {
            let segments = made.segments();
            let sentences = chosen.iter().filter_map(|&i| segments.get(i));
            let texts: Vec<&str> = sentences.map(|segment| segment.text.as_str()).collect();
            texts.join(" ")
        });
        Self {
            lang,
            title: None,
            text: made.text().to_string(),
            summary,
            risk: made.risk(),
            findings: made.marked(),
            route: made.route(),
        }
    }
}

impl Row {
    /// Takes a summary, what made it, and the models that took part in that.
    pub fn summarized(&mut self, text: String, by: String, models: Vec<Value>) {
        self.summary = Some(text);
        self.summary_by = Some(by);
        self.models.extend(models);
    }

    /// Adds the models of a translation that aren't known yet.
    pub fn add_models(&mut self, made: &Translation) {
        for model in made.provenance() {
            if !self.models.iter().any(|known| known["id"] == model["id"]) {
                self.models.push(model);
            }
        }
    }

    /// Its cells, in the order of [`columns`].
    pub fn cells(self, summarize: bool) -> Vec<Value> {
        let mut routes = Map::new();
        for into in self.into.iter().filter(|into| !into.route.is_empty()) {
            routes.insert(into.lang.to_string(), into.route.clone().into());
        }
        let mut provenance = json!({
            "schema": SCHEMA,
            "program": format!("{} {}", Tool::THIS.name, Tool::THIS.version),
            "routes": routes,
            "models": self.models,
        });
        if let Some(by) = self.summary_by {
            provenance["summary"] = by.into();
        }
        let mut cells = vec![self.id.into(), self.language.into(), self.title.into()];
        if summarize {
            cells.push(self.summary.into());
        }
        for into in self.into {
            cells.push(into.title.into());
            cells.push(into.text.into());
            if summarize {
                cells.push(into.summary.into());
            }
            cells.push(into.risk.map_or(Value::Null, Value::from));
            cells.push(into.findings.into());
        }
        cells.push(provenance);
        cells
    }
}
