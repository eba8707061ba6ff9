use super::*;

fn lang(code: &str) -> Lang {
    code.parse().unwrap()
}

fn pair() -> (Lang, Lang) {
    (Lang::EN, lang("pt"))
}

fn ascii(c: char) -> bool {
    c.is_ascii()
}

fn fold_en(source: &str, knows: fn(char) -> bool) -> Folded {
    fold(source, pair(), knows)
}

#[test]
fn what_the_model_knows_is_left_alone() {
    let folded = fold_en("“Müller” – così", |_| true);
    assert_eq!(folded.text, "“Müller” – così");
    assert_eq!(folded.restore("“Müller” – \"so\""), "“Müller” – \"so\"");
}

#[test]
fn letters_that_look_like_marks_are_no_word() {
    let folded = fold_en("He said ʼʼʼ and left.", ascii);
    assert!(folded.restore(&folded.text).starts_with("He said"));
}

#[test]
fn quotation_marks_come_back_in_the_sources_kind() {
    let folded = fold_en("“This is fair,” he said – “it’s done…”", ascii);
    assert_eq!(folded.text, "\"This is fair,\" he said - \"it's done...\"");
    assert_eq!(
        folded.restore("\"Isso é justo\", disse ele - \"feito d'água...\""),
        "“Isso é justo”, disse ele – “feito d’água…”"
    );
    assert_eq!(fold_en("«Sì»", ascii).restore("\"Yes\""), "«Yes»");
    // What began in an earlier sentence.
    let folded = fold_en("It was dark.” “Yes.”", ascii);
    assert_eq!(
        folded.restore("Era noite.\" \"Sim.\""),
        "Era noite.” “Sim.”"
    );
    let folded = fold_en("It was dark.”", ascii);
    assert_eq!(folded.restore("Era noite.\""), "Era noite.”");
}

#[test]
fn dashes_and_ellipses_come_back() {
    for (source, read, made, expected) in [
        (
            "In 1999–2003 – so",
            "In 1999-2003 - so",
            "Em 1999-2003 - sim",
            "Em 1999–2003 – sim",
        ),
        (
            "Right—yes, black",
            "Right - yes, black",
            "Certo - sim",
            "Certo — sim",
        ),
        (
            "– No. – Yes.",
            "- No. - Yes.",
            "- Não. - Sim.",
            "– Não. – Sim.",
        ),
        ("A – b - c", "A - b - c", "A - b - c", "A – b - c"),
        ("A – b - c", "A - b - c", "A - b", "A - b"),
        ("Wait…", "Wait...", "Espere...", "Espere…"),
        (
            "Wait… or...",
            "Wait... or...",
            "Espere... ou...",
            "Espere... ou...",
        ),
        ("pp. 5–7", "pp. 5-7", "pp. 5-7", "pp. 5–7"),
        (
            "well-known – he",
            "well-known - he",
            "bem-conhecido - ele",
            "bem-conhecido – ele",
        ),
        (
            "At −12 °C or −3.",
            "At -12 °C or -3.",
            "A -12 °C ou -3.",
            "A −12 °C ou −3.",
        ),
        ("No dash", "No dash", "Sem - nada", "Sem - nada"),
        (
            "It hung on its latch—",
            "It hung on its latch",
            "Pendia da trava.",
            "Pendia da trava—",
        ),
        ("Tue.–Fri.", "Tue.-Fri.", "Ter.-Sex.", "Ter.–Sex."),
        (
            "0.5%–0.75% of it",
            "0.5%-0.75% of it",
            "0,5%-0,75% disso",
            "0,5%–0,75% disso",
        ),
        (
            "In 2021–present, on Monday",
            "In 2021-present, on Monday",
            "Em 2021-presente, na segunda-feira",
            "Em 2021–presente, na segunda-feira",
        ),
        (
            "a well-known 5–6 jars",
            "a well-known 5-6 jars",
            "os conhecidos 5-6 frascos",
            "os conhecidos 5–6 frascos",
        ),
    ] {
        let folded = fold_en(source, ascii);
        assert_eq!(folded.text, read);
        assert_eq!(folded.restore(made), expected);
    }
}

#[test]
fn names_come_back_letter_for_letter() {
    let folded = fold_en("Müller’s friend Łukasz lives in Straßburg.", ascii);
    assert_eq!(folded.text, "Muller's friend Lukasz lives in Strassburg.");
    assert_eq!(
        folded.restore("O amigo de Muller, Lukasz, vive em Strassburg; Mullers não."),
        "O amigo de Müller, Łukasz, vive em Straßburg; Mullers não."
    );
}

#[test]
fn what_has_no_stand_in_stays() {
    assert_eq!(fold_en("5 ₿ 日本", ascii).text, "5 ₿ 日本");
}

#[test]
fn single_quotation_marks_come_back_in_pairs() {
    let folded = fold_en("the ‘bad bank’ isn’t", ascii);
    assert_eq!(folded.text, "the 'bad bank' isn't");
    assert_eq!(
        folded.restore("o 'banco mau' d'água ('não')."),
        "o ‘banco mau’ d’água (‘não’)."
    );
}

#[test]
fn nested_quotation_marks_come_back_in_their_order() {
    for (source, made, expected) in [
        (
            "‘No,’ she said, ‘it isn’t “mine”.’",
            "\"Não\", disse ela, 'não é \"meu\".'",
            "‘Não’, disse ela, ‘não é “meu”.’",
        ),
        (
            "“He said ‘no’ to the boys.”",
            "\"Ele disse \"não\" aos rapazes.\"",
            "“Ele disse ‘não’ aos rapazes.”",
        ),
        (
            "“The ‘old’ man’s boat.”",
            "\"O 'velho' barco d'água.\"",
            "“O ‘velho’ barco d’água.”",
        ),
    ] {
        assert_eq!(fold_en(source, ascii).restore(made), expected);
    }
}

#[test]
fn a_word_without_its_accent_is_no_other_word() {
    let folded = fold_en("Ā, ē and ī are “long”.", ascii);
    assert_eq!(folded.text, "Ā, ē and ī are \"long\".");
    assert_eq!(folded.restore("Ā, ē e ī"), "Ā, ē e ī");
}

#[test]
fn marks_are_of_the_source_s_kind() {
    let folded = fold_en("‘Come in,’ he said.", ascii);
    assert_eq!(folded.restore("\"Entre\", disse."), "‘Entre’, disse.");
    let folded = fold_en("’Tis late.", ascii);
    assert_eq!(folded.restore("'Tis tarde."), "’Tis tarde.");
    let folded = fold_en("Jalapeño soup.", ascii);
    assert_eq!(folded.restore("Sopa de jalapeno."), "Sopa de jalapeño.");
    let folded = fold_en("Rock ’n’ roll isn’t dead.", ascii);
    assert_eq!(folded.restore("Rock 'n' roll"), "Rock ’n’ roll");
}

#[test]
fn nested_quotation_marks_come_back_in_order() {
    for (source, made, expected) in [
        (
            "‘No,’ she said, ‘it isn’t “mine”.’",
            "\"Não\", ela disse, 'não é \"meu\".'",
            "‘Não’, ela disse, ‘não é “meu”.’",
        ),
        (
            "‘No,’ she said, ‘it isn’t “mine”.’",
            "\"Não\", ela disse, 'não é \"meu\".",
            "‘Não’, ela disse, ‘não é “meu”.",
        ),
        (
            "‘He told me “never” and left,’ she said.",
            "\"Ele disse \"nunca\" e saiu', disse.",
            "‘Ele disse “nunca” e saiu’, disse.",
        ),
        (
            "\"He told me 'never' and left,\" she said.",
            "\"Ele disse \"nunca\" e saiu\", disse.",
            "\"Ele disse 'nunca' e saiu\", disse.",
        ),
        (
            "'He told me \"never\" and left,' she said.",
            "\"Ele disse \"nunca\" e saiu\", disse.",
            "'Ele disse \"nunca\" e saiu', disse.",
        ),
        (
            "\"It isn't mine,\" she said.",
            "\"Não é meu\", disse.",
            "\"Não é meu\", disse.",
        ),
        (
            "“Come in,” he said, “and bring the ‘book’.”",
            "\"Entre\", disse, \"e traga o \"livro\".\"",
            "“Entre”, disse, “e traga o ‘livro’.”",
        ),
    ] {
        assert_eq!(fold_en(source, ascii).restore(made), expected);
    }
}

#[test]
fn an_ordinary_word_is_written_as_the_target_writes_it() {
    let from_portuguese = |source: &str, to| {
        fold(source, (lang("pt"), to), |c| {
            c != 'Í' && c != 'ü' && c != 'Ó'
        })
    };
    let india = from_portuguese("A Índia é longe.", Lang::EN);
    assert_eq!(india.text, "A India é longe.");
    assert_eq!(india.restore("India is far away."), "India is far away.");
    // Spanish has the letter, so that a name with it may stay; English words don't have it, so that it is a name's.
    let oscar = from_portuguese("Óscar viu.", lang("es"));
    assert_eq!(oscar.restore("Oscar vio."), "Óscar vio.");
    let oscar = fold_en("Óscar saw.", ascii);
    assert_eq!(oscar.restore("Oscar viu."), "Óscar viu.");
    let muller = from_portuguese("Müller viu.", Lang::EN);
    assert_eq!(muller.restore("Muller saw."), "Müller saw.");
}

#[test]
fn currencies_and_fractions_are_spelt_out() {
    let folded = fold_en("It costs £3 or 5 €, with 2½ or ¾ (£).", ascii);
    assert_eq!(
        folded.text,
        "It costs GBP 3 or 5 EUR, with 2 1/2 or 3/4 (GBP)."
    );
    assert_eq!(
        folded.restore("Custa 3 GBP ou EUR 5, GBPs 3/4 (GBP)."),
        "Custa 3 £ ou €5, GBPs ¾ (£)."
    );
    let both = fold_en("£3, GBP 4", ascii);
    assert_eq!(
        (&*both.text, &*both.restore("GBP 4")),
        ("£3, GBP 4", "GBP 4")
    );
}
