//! GNU gettext's PO files.

use super::unit::{Languages, Unit, bad};
use crate::error::Result;

/// An entry as far as it was read.
#[derive(Default)]
struct Entry {
    line: usize,
    context: Option<String>,
    id: Option<String>,
    plural: Option<String>,
    /// The translations: one, or one a plural form.
    forms: Vec<String>,
}

/// Which string of an entry a line goes on with.
#[derive(Clone, Copy)]
enum Part {
    Context,
    Id,
    Plural,
    Form,
}

impl Entry {
    fn part(&mut self, part: Part) -> Option<&mut String> {
        match part {
            Part::Context => self.context.as_mut(),
            Part::Id => self.id.as_mut(),
            Part::Plural => self.plural.as_mut(),
            Part::Form => self.forms.last_mut(),
        }
    }

    /// The singular with the first form, the plural with the last one.
    fn units(self, units: &mut Vec<Unit>) {
        let Entry {
            line,
            context,
            id: Some(id),
            plural,
            forms,
        } = self
        else {
            return;
        };
        let unit = |source: String, target: Option<&String>| Unit {
            source,
            target: target.cloned().unwrap_or_default(),
            line,
            id: context.clone(),
        };
        match plural {
            // A language with one form has it for the plural.
            Some(plural) if forms.len() < 2 => units.push(unit(plural, forms.first())),
            Some(plural) => {
                units.push(unit(id, forms.first()));
                units.push(unit(plural, forms.last()));
            }
            None => units.push(unit(id, forms.first())),
        }
    }
}

/// All messages that aren't obsolete; the header says the language of the translations.
pub(super) fn read(text: &str, name: &str) -> Result<(Vec<Unit>, Languages)> {
    let mut units = Vec::new();
    let mut header = String::new();
    let (mut entry, mut part) = (Entry::default(), None);
    let mut close = |entry: &mut Entry, units: &mut Vec<Unit>| {
        let done = std::mem::take(entry);
        // The message without a text is the header.
        match (done.id.as_deref(), done.context.is_none()) {
            (Some(""), true) => header = done.forms.into_iter().next().unwrap_or_default(),
            _ => done.units(units),
        }
    };
    for (n, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (keyword, rest) = match line.find('"') {
            Some(0) => ("", line),
            Some(at) => (line[..at].trim_end(), &line[at..]),
            None => {
                return Err(bad(
                    name,
                    n,
                    "neither a keyword with a string nor a comment",
                ));
            }
        };
        let said = string(rest).ok_or_else(|| bad(name, n, "a string is not closed"))?;
        let begins = match keyword {
            "" => None,
            "msgctxt" => Some(Part::Context),
            "msgid" => Some(Part::Id),
            "msgid_plural" => Some(Part::Plural),
            _ if keyword == "msgstr" || keyword.starts_with("msgstr[") => Some(Part::Form),
            other => return Err(bad(name, n, &format!("\"{other}\" is no keyword of PO"))),
        };
        if let Some(begun) = begins {
            let anew = match begun {
                Part::Context => entry.id.is_some(),
                Part::Id => entry.id.is_some(),
                Part::Plural | Part::Form => false,
            };
            if anew {
                close(&mut entry, &mut units);
            }
            if entry.id.is_none() && entry.context.is_none() {
                entry.line = n;
            }
            match begun {
                Part::Context => entry.context = Some(String::new()),
                Part::Id => entry.id = Some(String::new()),
                Part::Plural => entry.plural = Some(String::new()),
                Part::Form => entry.forms.push(String::new()),
            }
            part = Some(begun);
        }
        match part.and_then(|part| entry.part(part)) {
            Some(so_far) => so_far.push_str(&said),
            None => return Err(bad(name, n, "a string that belongs to no message")),
        }
    }
    close(&mut entry, &mut units);
    let mut fields = header.lines().filter_map(|line| line.split_once(':'));
    let language = fields.find(|(field, _)| field.eq_ignore_ascii_case("language"));
    let to = language.and_then(|(_, code)| super::xml::lang(code.trim()));
    Ok((units, (None, to)))
}

/// A quoted string of one line; `None` if it has no end.
fn string(quoted: &str) -> Option<String> {
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next()? {
                'n' => out.push('\n'),
                't' => out.push('\t'),
                'r' => out.push('\r'),
                other => out.push(other),
            },
            '"' => return None,
            c => out.push(c),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    #[test]
    fn messages_plurals_and_contexts() {
        let text = r#"# A comment
msgid ""
msgstr ""
"Language: it_IT\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

#: src/a.c:10
msgctxt "menu"
msgid "Open \"%s\""
msgstr "Apri "
"\"%s\"\n"

#, fuzzy
msgid "%d file"
msgid_plural "%d files"
msgstr[0] "%d file"
msgstr[1] "%d documenti"

msgid "Later"
msgstr ""
#~ msgid "Old"
#~ msgstr "Vecchio"
"#;
        let (units, langs) = read(text, "t").unwrap();
        assert_eq!(langs, (None, Some(Lang::IT)));
        let told: Vec<_> = units
            .iter()
            .map(|u| (&*u.source, &*u.target, u.line))
            .collect();
        assert_eq!(
            told,
            [
                ("Open \"%s\"", "Apri \"%s\"\n", 8),
                ("%d file", "%d file", 14),
                ("%d files", "%d documenti", 14),
                ("Later", "", 19),
            ]
        );
        assert_eq!(units[0].id.as_deref(), Some("menu"));
        for (text, line) in [
            ("msgid \"a\nmsgstr \"b\"", "line 1"),
            ("msgid \"a\"\nnonsense", "line 2"),
            ("\"a\"", "line 1"),
            ("message \"a\"", "line 1"),
        ] {
            let error = read(text, "t.po").unwrap_err();
            assert!(error.to_string().contains(line), "{error}");
        }
    }
}
