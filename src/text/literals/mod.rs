//! What in a text is for machines, not for readers, and stays letter for letter in every language: placeholders of
//! programs' messages, code between backticks, shortcodes, formulas, paths, keys, and rows of dots and lines to write on.

mod handle;
mod placeholder;

use super::span::Span;
use handle::handle;
use placeholder::{LONGEST, parameter, placeholder};

/// Where the literals of `text` stand, in order; neighbours that touch are one.
pub fn literals(text: &str) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let before = text[..at].chars().next_back();
        let near = head(&text[at..]);
        let len = placeholder(near, before)
            .or_else(|| parameter(near, before))
            .or_else(|| escape(near))
            .or_else(|| formula(near))
            .or_else(|| code(near, before))
            .or_else(|| shortcode(near))
            .or_else(|| leader(&text[at..]))
            .or_else(|| edge(text, at))
            .or_else(|| arrow(text, at))
            .or_else(|| citation(near))
            .or_else(|| handle(near, before))
            .or_else(|| word(near, before));
        let Some(len) = len else {
            at += c.len_utf8();
            continue;
        };
        match spans.last_mut() {
            Some(last) if last.end == at => last.end = at + len,
            _ => spans.push(Span {
                start: at,
                end: at + len,
            }),
        }
        at += len;
    }
    spans
}

/// Whether a literal is no part of a sentence: a row of signs to be written on or between two columns, an escape, or a
/// shortcode, or the mark of a block; and what a template does between two sentences, `{{else}}`.
pub fn is_aside(literal: &str) -> bool {
    is_leader(literal)
        || is_arrow(literal)
        || ["{{#", "{{/", "{{^", "{{else"]
            .iter()
            .any(|head| literal.starts_with(head))
        || literal.starts_with('^')
        || literal.starts_with('\\') && escape(literal).is_some()
        || literal.starts_with('[') && !literal.starts_with("[[") && citation(literal).is_none()
}

/// Signs by which links say where they lead, behind their words and before them.
const ONWARDS: [&str; 7] = ["»", "›", "→", "⟶", ">>", "->", "=>"];
const BACK: [&str; 6] = ["«", "‹", "←", "⟵", "<<", "<-"];

fn is_arrow(literal: &str) -> bool {
    ONWARDS.iter().chain(&BACK).any(|sign| literal == *sign)
}

/// The length of the arrow at byte `at` of `text`, behind a link's words or before them: "More »", "« Back". What opens or
/// closes a quotation has its partner, or a stop before its end.
fn arrow(text: &str, at: usize) -> Option<usize> {
    let (before, rest) = text.split_at(at);
    // Looking around takes longer than seeing that it is no arrow.
    let begins =
        |signs: &[&'static str]| signs.iter().find(|sign| rest.starts_with(**sign)).copied();
    let (onwards, back) = (begins(&ONWARDS), begins(&BACK));
    let near = &rest[..rest.floor_char_boundary(LONGEST)];
    let words = before[before.ceil_char_boundary(at.saturating_sub(LONGEST))..].trim_end();
    if let Some(sign) = back.filter(|_| words.is_empty()) {
        let after = &near[sign.len()..];
        let is_apart = after.starts_with(char::is_whitespace);
        return (is_apart && !after.contains(['»', '›', '.', '!', '?'])).then_some(sign.len());
    }
    let sign = onwards.filter(|sign| near.trim_end() == *sign)?;
    let is_apart = before.ends_with(char::is_whitespace) && words.ends_with(char::is_alphanumeric);
    (is_apart && !words.contains(['«', '‹', '.', '!', '?'])).then_some(sign.len())
}

/// The length of a citation as Pandoc reads them at the head of `text`: `[see @smith2004, p. 3]`.
fn citation(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('[')?;
    let inner = &inner[..inner.find(']')?];
    let is_key = |(at, _): (usize, &str)| {
        let apart = inner[..at].ends_with([' ', '-', ';']) || at == 0;
        let named = |c: char| c.is_ascii_alphanumeric() || "_:-".contains(c);
        let key = &inner[at + 1..];
        let key = &key[..key.find(|c| !named(c)).unwrap_or(key.len())];
        apart && key.contains(char::is_alphabetic) && key.contains(|c: char| c.is_ascii_digit())
    };
    let found = inner.match_indices('@').any(is_key);
    (found && inner.len() < LONGEST).then_some(inner.len() + 2)
}

fn is_leader(literal: &str) -> bool {
    let mut signs = literal.chars();
    signs.next().is_some_and(|first| {
        "_=.-~*…·".contains(first) && literal.len() > 1 && signs.all(|c| c == first)
    })
}

/// The length of the dots or dashes at byte `at` of `text` that say it goes on from before, or is broken off: those of the
/// head before a small letter, and a double dash at either end.
fn edge(text: &str, at: usize) -> Option<usize> {
    let rest = &text[at..];
    // Most characters are no such sign, and none is counted for nothing.
    let sign = rest
        .chars()
        .next()
        .filter(|c| matches!(c, '.' | '…' | '-'))?;
    let after = rest.trim_start_matches(sign);
    let signs = (rest.len() - after.len()) / sign.len_utf8();
    let head = || text[..at].trim_start().is_empty();
    let goes_on = after.trim_start().starts_with(char::is_lowercase);
    let is_edge = match sign {
        '.' => signs == 3 && goes_on && head(),
        '…' => goes_on && head(),
        '-' => signs == 2 && (after.is_empty() || after.starts_with(char::is_alphabetic) && head()),
        _ => false,
    };
    is_edge.then_some(rest.len() - after.len())
}

/// The length of escapes at the head of `text`: `\n`, `\"`, `\u00e9`. Before a small letter, what looks like one may begin a
/// command of TeX.
fn escape(text: &str) -> Option<usize> {
    let mut rest = text;
    while let Some(inner) = rest.strip_prefix('\\') {
        let mut chars = inner.chars();
        let after = match chars.next() {
            Some('n' | 't' | 'r') if !chars.as_str().starts_with(|c: char| c.is_lowercase()) => {
                chars.as_str()
            }
            Some('"' | '\'') => chars.as_str(),
            Some('u') => {
                let digits = chars.as_str().get(..4)?;
                if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
                    break;
                }
                &chars.as_str()[4..]
            }
            _ => break,
        };
        rest = after;
    }
    (rest.len() < text.len()).then(|| text.len() - rest.len())
}

/// The length of a formula of TeX at the head of `text`.
fn formula(text: &str) -> Option<usize> {
    for (open, close) in [("$$", "$$"), ("\\(", "\\)"), ("\\[", "\\]")] {
        if let Some(inner) = text.strip_prefix(open) {
            let len = inner.find(close).filter(|len| (1..LONGEST).contains(len))?;
            return Some(open.len() + len + close.len());
        }
    }
    let inner = text.strip_prefix('$')?;
    let len = inner.find('$').filter(|len| (1..LONGEST).contains(len))?;
    let (body, after) = (&inner[..len], &inner[len + 1..]);
    let tight = !body.starts_with(char::is_whitespace) && !body.ends_with(char::is_whitespace);
    // "$50 to $100" is money.
    let money = after.starts_with(|c: char| c.is_ascii_digit());
    let mathematical = body.contains(['\\', '^', '_', '=', '{', '+', '<', '>']) || body.len() == 1;
    (tight && !money && mathematical && !body.contains('`')).then_some(len + 2)
}

/// The length of code between backticks at the head of `text`; quotation marks of TeX, ``so'', are none, nor is the letter of
/// "Hawai`i".
fn code(text: &str, before: Option<char>) -> Option<usize> {
    let inner = text.trim_start_matches('`');
    let marks = &text[..text.len() - inner.len()];
    if marks.is_empty() || before.is_some_and(|c| c.is_alphanumeric() || c == '`') {
        return None;
    }
    let mut from = 0;
    let len = loop {
        let at = from + inner[from..].find(marks)?;
        let run = inner[at..].len() - inner[at..].trim_start_matches('`').len();
        if run == marks.len() {
            break at;
        }
        from = at + run;
    };
    let (body, after) = (&inner[..len], &inner[len + marks.len()..]);
    let tight = marks.len() > 1 && body.contains('`')
        || !body.starts_with(char::is_whitespace) && !body.ends_with(char::is_whitespace);
    let whole = !body.is_empty() && !after.starts_with(char::is_alphanumeric);
    (tight && whole && !body.contains('\n')).then_some(len + 2 * marks.len())
}

/// As much of `text` as a literal may take, and its marks.
fn head(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST + 4)]
}

/// The length of a shortcode at the head of `text`, as content systems and forums have them: `[gallery ids="1,2"]`,
/// `[url=https://e.org]`, `[/caption]`, and `[embed]` where `[/embed]` follows.
fn shortcode(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('[')?;
    let len = inner.find(']').filter(|len| *len > 0)?;
    let inner = &inner[..len];
    let named = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    let (closes, code) = match inner.strip_prefix('/') {
        Some(code) => (true, code),
        None => (false, inner),
    };
    let name = &code[..code.find(|c: char| !named(c)).unwrap_or(code.len())];
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let rest = code[name.len()..].trim_end_matches('/').trim_end();
    let is_one = match closes {
        true => rest.is_empty(),
        false if rest.is_empty() => text[len + 2..].contains(&format!("[/{name}]")),
        // Something is said of it: `name=value`.
        false => rest.split_once('=').is_some_and(|(key, value)| {
            let key = key.trim_start();
            let of_itself = key.is_empty() && rest.starts_with('=');
            let of_a_part = !key.is_empty() && rest.starts_with(' ') && key.chars().all(named);
            (of_itself || of_a_part) && !value.is_empty() && !value.starts_with([' ', '='])
        }),
    };
    is_one.then_some(len + 2)
}

/// The length of a row of dots, lines or equal signs at the head of `text`.
fn leader(text: &str) -> Option<usize> {
    let sign = text.chars().next()?;
    let least = match sign {
        '_' | '=' => 3,
        '.' | '-' | '~' | '*' => 5,
        '…' | '·' => 3,
        _ => return None,
    };
    let len = text.len() - text.trim_start_matches(sign).len();
    (len / sign.len_utf8() >= least).then_some(len)
}

/// The length of a path or a key at the head of `text`: `~/notes/a.txt`, `C:\Temp`, `ENABLE_MATH`, `app.title.main=`.
fn word(text: &str, before: Option<char>) -> Option<usize> {
    if before.is_some_and(|c| !(c.is_whitespace() || "(\"'“«:".contains(c))) {
        return None;
    }
    let end = text.find(|c: char| c.is_whitespace() || "\"”»),;".contains(c));
    let end = end.or((text.len() < LONGEST).then_some(text.len()))?;
    let word = text[..end].trim_end_matches(['.', ':', '!', '?']);
    if is_scripted(word) {
        return Some(word.len());
    }
    let heads = ["/", "~/", "./", "../"];
    let path = heads.iter().any(|head| word.starts_with(head)) && word.len() > 3
        || word.get(1..3) == Some(":\\");
    let path =
        path && !word.starts_with("//") && word.matches(['/', '\\']).count() > 1 && word.is_ascii();
    let named = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let word = match word.find('=') {
        Some(at) if !path => &word[..=at],
        _ => word,
    };
    let key = word.trim_end_matches('=');
    let parts = || key.split(['.', '_']);
    let joined = key.contains('_') && !key.contains('.')
        || parts().count() > 2
            && key.chars().all(|c| !c.is_uppercase())
            && !key.starts_with("www.");
    let is_part =
        |part: &str| part.len() > 1 && part.starts_with(|c: char| c.is_ascii_alphabetic());
    let key = key.chars().all(named) && joined && parts().all(is_part);
    // Of a program: `Firefox/122.0`.
    let version = word.split_once('/').is_some_and(|(name, number)| {
        let is_name = |c: char| c.is_ascii_alphanumeric() || "_-.+".contains(c);
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(is_name)
            && number.contains('.')
            && number.starts_with(|c: char| c.is_ascii_digit())
            && number.chars().all(is_name)
    });
    (path || key || version).then_some(word.len())
}

/// Whether a part of `word` is lowered or raised: `H~2~O`, `10^-3^`.
fn is_scripted(word: &str) -> bool {
    ['~', '^'].iter().any(|sign| {
        let mut parts = word.split(*sign);
        let (Some(base), Some(script), Some(_)) = (parts.next(), parts.next(), parts.next()) else {
            return false;
        };
        let part = |c: char| c.is_alphanumeric() || "+-−".contains(c);
        base.ends_with(char::is_alphanumeric) && !script.is_empty() && script.chars().all(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        literals(text).iter().map(|span| span.of(text)).collect()
    }

    #[test]
    fn placeholders_are_found() {
        for (text, expected) in [
            ("Hi %1$s, you have %2$d.", &["%1$s", "%2$d"][..]),
            ("Only %d%% of %-5.2f is “%@”.", &["%d%%", "%-5.2f", "%@"]),
            ("In %(city)s at %lu", &["%(city)s", "%lu"]),
            (
                "{{ a.b | upper }} in {nights} or {first name}",
                &["{{ a.b | upper }}", "{nights}", "{first name}"],
            ),
            ("${user}, #{id}, %{n}", &["${user}", "#{id}", "%{n}"]),
            ("go <% link %> or [[here]]", &["<% link %>", "[[here]]"]),
            (
                "You have {n, plural, one {# cat} other {# cats}}.",
                &["{n, plural, one {# cat} other {# cats}}"],
            ),
            ("{% include a.html %}", &["{% include a.html %}"]),
            ("{{< figure src=\"a\" >}} x", &["{{< figure src=\"a\" >}}"]),
            ("{0}{1} files", &["{0}{1}"]),
            ("from {start, date, short} on", &["{start, date, short}"]),
            (
                "Dear :name, at 12:30 :smile: (:id) :D",
                &[":name", ":smile:", ":id", ":D"],
            ),
            (
                "{date:%Y-%m-%d}, {user[name]} {first[0]} {0!r:>10}",
                &["{date:%Y-%m-%d}", "{user[name]}", "{first[0]}", "{0!r:>10}"],
            ),
            (
                "{count:,} of {price:.2f} at {0,-10:C2} or {}",
                &["{count:,}", "{price:.2f}", "{0,-10:C2}", "{}"],
            ),
            (
                "{config[\"the path\"]} {day:%d %B %Y} {n: >10} {:?} {x:#?}",
                &[
                    "{config[\"the path\"]}",
                    "{day:%d %B %Y}",
                    "{n: >10}",
                    "{:?}",
                    "{x:#?}",
                ],
            ),
            (
                "{ $user } has { NUMBER($n, digits: 2) } in { -brand } %<n>.2f",
                &[
                    "{ $user }",
                    "{ NUMBER($n, digits: 2) }",
                    "{ -brand }",
                    "%<n>.2f",
                ],
            ),
            (
                "{$a->b} {items[0].title} {user?.name} {data['a b'].c}",
                &[
                    "{$a->b}",
                    "{items[0].title}",
                    "{user?.name}",
                    "{data['a b'].c}",
                ],
            ),
            (
                "One.\\nTwo \\t \\\"so\\\" caf\\u00e9",
                &["\\n", "\\t", "\\\"", "\\\"", "\\u00e9"],
            ),
        ] {
            assert_eq!(found(text), expected);
        }
    }

    #[test]
    fn formulas_paths_keys_and_leaders_are_found() {
        for (text, expected) in [
            (
                "at $20^{\\circ}\\mathrm{C}$ or $x$",
                &["$20^{\\circ}\\mathrm{C}$", "$x$"][..],
            ),
            (
                "so \\(a+b\\) and $$E = mc^2$$",
                &["\\(a+b\\)", "$$E = mc^2$$"],
            ),
            (
                "Open ~/notes/a.txt, or /etc/hosts.",
                &["~/notes/a.txt", "/etc/hosts"],
            ),
            ("Set ENABLE_MATH (max_size).", &["ENABLE_MATH", "max_size"]),
            ("hello.world.title=Hello", &["hello.world.title="]),
            ("hello.world.title= Hello", &["hello.world.title="]),
            ("Name: ______ Date: ____", &["______", "____"]),
            ("One ............ 12", &["............"]),
            ("===== Part =====", &["=====", "====="]),
            ("...speak up! ...", &["..."]),
            ("… and so on", &["…"]),
            ("--and he never said--", &["--", "--"]),
        ] {
            assert_eq!(found(text), expected);
        }
    }

    #[test]
    fn code_and_shortcodes_are_found() {
        for (text, expected) in [
            (
                "Use `git commit -m \"so\"` or ``a ` b``, `x`.",
                &["`git commit -m \"so\"`", "``a ` b``", "`x`"][..],
            ),
            ("(`the old`)", &["`the old`"]),
            (
                "See [caption id=\"a\" align='b']the boat[/caption] so",
                &["[caption id=\"a\" align='b']", "[/caption]"],
            ),
            (
                "[embed]it[/embed] and [gallery ids=\"1,2\" /]",
                &["[embed]", "[/embed]", "[gallery ids=\"1,2\" /]"],
            ),
            (
                "[b]so[/b] [url=https://e.org]here[/url] [c-d x=1]",
                &["[b]", "[/b]", "[url=https://e.org]", "[/url]", "[c-d x=1]"],
            ),
            ("H~2~O and CO~2~, x^2^.", &["H~2~O", "CO~2~", "x^2^"]),
            (
                "@everyone, ask @kofi_2 in #allotment-club.",
                &["@everyone", "@kofi_2", "#allotment-club"],
            ),
            (
                "So it is. #learning #evergreen/🌱",
                &["#learning", "#evergreen/🌱"],
            ),
            ("Better questions. ^key-idea", &["^key-idea"]),
            (
                "for %%MONTHS%% months, %NAME%, __CITY__",
                &["%%MONTHS%%", "%NAME%", "__CITY__"],
            ),
            (
                "The colour is {theme.accent ?? 'blue'}.",
                &["{theme.accent ?? 'blue'}"],
            ),
        ] {
            assert_eq!(found(text), expected);
        }
    }

    #[test]
    fn long_lines_take_no_time() {
        for piece in [" ", ":", "`", "[", ".", "$ ", "\\(", "[[", "- ", "a"] {
            let start = std::time::Instant::now();
            literals(&piece.repeat(100_000));
            assert!(
                start.elapsed().as_secs() < 10,
                "{piece}: {:?}",
                start.elapsed()
            );
        }
    }

    #[test]
    fn words_are_no_literals() {
        for text in [
            "``So'' and ``again'', `one' and `another'",
            "Hawai`i and O`ahu",
            "[note] [sic] [so we say] [if a = b] [1]",
            "{Stop!} {what he said: this was it} { and }",
            "a ~ b ~ c, ~5 and ~6, ~~gone~~ and 2^3",
            "It costs $50 to $100, 5% of it, 100% sure.",
            "and/or, 1/2, e.g. the U.S. and {what he said then was this}",
            "He said... and left. www.a.it and a.b",
            "[note] (see) -- so",
            "Write { and } around {red, green}.",
            "Note: so. He said : no. \\textbf or \\nu",
            "At 5 @ 3, C# and F#, we're #1, 2 ^ 3 and a ^b of it, 100%SURE%",
        ] {
            assert!(found(text).is_empty(), "{:?}", found(text));
        }
    }
}
