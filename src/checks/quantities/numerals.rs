//! Number words: "duecentotrentotto", "un milione e mezzo", "quatre-vingt-onze", "zweihundertachtunddreißig".
//!
//! A table a language gives the pieces; one grammar puts them together; Italian and German compounds are taken apart
//! before the table is asked.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::checks::words::{Kind, Side};
use crate::text::Lang;

/// What a word adds to a number.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Piece {
    /// Below 1,000.
    Plain(f64),
    /// 100, which multiplies what stands before it.
    Hundred,
    /// 1,000 and up.
    Power(f64),
    /// A power in the plural: vague ("millions of") unless a number stands before it.
    Powers(f64),
    /// "third", "terzo".
    Ordinal(f64),
    /// "dozen", "ventina": a count that a translation may also give in another form.
    Group(f64),
    /// "hundreds", "migliaia".
    Vague(f64),
    /// "both", "coppia", "decade": may stand for the number, but need not.
    Loose(f64),
    /// "half".
    Half,
    /// "and".
    And,
}

/// How a number was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    Cardinal,
    Ordinal,
    Group,
    Vague,
    Loose,
}

/// A number read from words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Numeral {
    pub value: f64,
    /// One past its last word.
    pub end: usize,
    pub said: Said,
}

// Each entry is `word=value`; the value's first sign is the kind: `*` power, `+` powers, `#` ordinal, `d` group,
// `~` vague, `?` loose, `h` half, `&` and, `c` hundred.
const IT: &str = "zero=0 un=1 uno=1 una=1 due=2 tre=3 quattro=4 cinque=5 sei=6 sette=7 otto=8 nove=9 dieci=10 undici=11 \
    dodici=12 tredici=13 quattordici=14 quindici=15 sedici=16 diciassette=17 diciotto=18 diciannove=19 venti=20 \
    trenta=30 quaranta=40 cinquanta=50 sessanta=60 settanta=70 ottanta=80 novanta=90 cento=c mille=*1e3 mila=*1e3 \
    milione=*1e6 milioni=+1e6 mln=*1e6 miliardo=*1e9 miliardi=+1e9 mld=*1e9 bilione=*1e12 bilioni=+1e12 e=& mezzo=h mezza=h \
    metà=?0.5 primo=#1 prima=#1 primi=#1 prime=#1 secondo=#2 seconda=#2 terzo=#3 terza=#3 terzi=#3 quarto=#4 quarta=#4 \
    quarti=#4 quinto=#5 quinta=#5 quinti=#5 sesto=#6 sesta=#6 settimo=#7 settima=#7 ottavo=#8 ottava=#8 nono=#9 nona=#9 \
    decimo=#10 decima=#10 decina=d10 dozzina=d12 quindicina=d15 ventina=d20 trentina=d30 quarantina=d40 \
    cinquantina=d50 sessantina=d60 settantina=d70 ottantina=d80 novantina=d90 centinaio=d100 migliaio=d1000 \
    decine=~10 dozzine=~12 centinaia=~100 migliaia=~1000 entrambi=?2 entrambe=?2 ambedue=?2 coppia=?2 coppie=?2 paio=?2 paia=?2 \
    doppio=?2 doppia=?2 doppi=?2 duplice=?2 gemelli=?2 triplo=?3 tripla=?3 triplice=?3 trio=?3 tripletta=?3 quadruplo=?4 \
    quartetto=?4 decennio=?10 decenni=?10 secolo=?100 secoli=?100 millennio=?1000 millenni=?1000 raddoppiato=?2 biennio=?2 \
    triennio=?3 quinquennio=?5 bimestre=?2 trimestre=?3 semestre=?6 bilaterale=?2 bilaterali=?2 millenario=?1000 millenaria=?1000 millenari=?1000 millenarie=?1000 vent=20 \
    trent=30 quarant=40 cinquant=50 sessant=60 settant=70 ottant=80 novant=90 cent=c";
const EN: &str = "zero=0 nil=?0 one=1 two=2 three=3 four=4 five=5 six=6 seven=7 eight=8 nine=9 ten=10 eleven=11 twelve=12 \
    thirteen=13 fourteen=14 fifteen=15 sixteen=16 seventeen=17 eighteen=18 nineteen=19 twenty=20 thirty=30 forty=40 \
    fifty=50 sixty=60 seventy=70 eighty=80 ninety=90 hundred=c thousand=*1e3 million=*1e6 billion=*1e9 trillion=*1e12 \
    mn=*1e6 bn=*1e9 tn=*1e12 hundreds=~100 thousands=+1e3 millions=+1e6 billions=+1e9 trillions=+1e12 and=& half=h \
    halves=?0.5 first=#1 second=#2 third=#3 thirds=#3 fourth=#4 quarter=#4 quarters=#4 fourths=#4 fifth=#5 fifths=#5 sixth=#6 seventh=#7 eighth=#8 ninth=#9 \
    tenth=#10 tenths=#10 eleventh=#11 twelfth=#12 thirteenth=#13 fourteenth=#14 fifteenth=#15 sixteenth=#16 \
    seventeenth=#17 eighteenth=#18 nineteenth=#19 twentieth=#20 thirtieth=#30 fortieth=#40 fiftieth=#50 sixtieth=#60 \
    seventieth=#70 eightieth=#80 ninetieth=#90 hundredth=#100 thousandth=#1000 dozen=d12 score=?20 dozens=~12 tens=~10 scores=?10 \
    once=?1 twice=?2 thrice=?3 both=?2 couple=?2 couples=?2 pair=?2 pairs=?2 double=?2 doubled=?2 dual=?2 twin=?2 twins=?2 duo=?2 either=?2 neither=?2 \
    triple=?3 tripled=?3 trio=?3 treble=?3 quadruple=?4 quartet=?4 decade=?10 decades=?10 century=?100 centuries=?100 millennium=?1000 millennia=?1000 \
    fortnight=?14 twenties=?20 thirties=?30 forties=?40 fifties=?50 sixties=?60 seventies=?70 eighties=?80 nineties=?90 \
    two-fold=?2 twofold=?2 threefold=?3 fourfold=?4 tenfold=?10 bilateral=?2 bicycle=?2 semi=?0.5";
const FR: &str = "zéro=0 un=1 une=1 deux=2 trois=3 quatre=4 cinq=5 six=6 sept=7 huit=8 neuf=9 dix=10 onze=11 douze=12 treize=13 \
    quatorze=14 quinze=15 seize=16 vingt=20 vingts=20 trente=30 quarante=40 cinquante=50 soixante=60 septante=70 \
    huitante=80 octante=80 nonante=90 cent=c cents=c mille=*1e3 million=*1e6 millions=+1e6 milliard=*1e9 milliards=+1e9 \
    billion=*1e12 billions=+1e12 et=& demi=h demie=h moitié=?0.5 premier=#1 première=#1 premiers=#1 premières=#1 second=#2 \
    seconde=#2 tiers=#3 quart=#4 quarts=#4 dizaine=d10 douzaine=d12 quinzaine=d15 vingtaine=d20 trentaine=d30 \
    quarantaine=d40 cinquantaine=d50 soixantaine=d60 centaine=d100 millier=d1000 dizaines=~10 douzaines=~12 centaines=~100 \
    milliers=~1000 deux-tiers=#3 couple=?2 paire=?2 paires=?2 double=?2 doubles=?2 triple=?3 trio=?3 décennie=?10 décennies=?10 siècle=?100 siècles=?100 \
    millénaire=?1000 millénaires=?1000 ambos=?2 jumeaux=?2 duo=?2 doublé=?2 triplé=?3 quadruple=?4";
const DE: &str = "null=0 ein=1 eine=1 einen=1 einem=1 einer=1 eines=1 eins=1 zwei=2 zwo=2 drei=3 vier=4 fünf=5 sechs=6 sieben=7 acht=8 neun=9 \
    zehn=10 elf=11 zwölf=12 dreizehn=13 vierzehn=14 fünfzehn=15 sechzehn=16 siebzehn=17 achtzehn=18 neunzehn=19 \
    zwanzig=20 dreißig=30 vierzig=40 fünfzig=50 sechzig=60 siebzig=70 achtzig=80 neunzig=90 hundert=c tausend=*1e3 \
    million=*1e6 millionen=+1e6 mio=*1e6 milliarde=*1e9 milliarden=+1e9 mrd=*1e9 billion=*1e12 billionen=+1e12 und=& \
    halb=h halbe=h halben=h halber=h halbes=h hälfte=?0.5 hunderte=~100 hunderten=~100 hunderter=~100 tausende=~1000 tausenden=~1000 tausender=~1000 dutzend=d12 dutzende=~12 \
    dutzenden=~12 zweimal=?2 dreimal=?3 viermal=?4 fünfmal=?5 sechsmal=?6 zehnmal=?10 einmal=?1 beide=?2 beiden=?2 beider=?2 beides=?2 paar=?2 paare=?2 doppelt=?2 doppelte=?2 doppelten=?2 verdoppelt=?2 \
    zweite=#2 zweiten=#2 zweiter=#2 zweites=#2 zweitens=#2 zweit=#2 erste=#1 ersten=#1 erster=#1 erstes=#1 erstem=#1 dritte=#3 dritten=#3 dritter=#3 drittes=#3 drittel=#3 dritteln=#3 \
    vierte=#4 vierten=#4 viertel=#4 fünfte=#5 fünften=#5 fünftel=#5 sechste=#6 sechsten=#6 siebte=#7 siebten=#7 achte=#8 achten=#8 \
    neunte=#9 neunten=#9 zehnte=#10 zehnten=#10 jahrzehnt=?10 jahrzehnte=?10 jahrzehnten=?10 jahrhundert=?100 jahrhunderte=?100 jahrhunderten=?100 jahrhunderts=?100 jahrtausend=?1000 \
    jahrtausende=?1000 jahrtausenden=?1000 anderthalb=1.5 zwanziger=?20 dreißiger=?30 vierziger=?40 fünfziger=?50 sechziger=?60 \
    siebziger=?70 achtziger=?80 neunziger=?90";
const ES: &str = "cero=0 un=1 uno=1 una=1 dos=2 tres=3 cuatro=4 cinco=5 seis=6 siete=7 ocho=8 nueve=9 diez=10 once=11 doce=12 \
    trece=13 catorce=14 quince=15 dieciséis=16 diecisiete=17 dieciocho=18 diecinueve=19 veinte=20 veintiuno=21 veintiún=21 veintiuna=21 \
    veintidós=22 veintitrés=23 veinticuatro=24 veinticinco=25 veintiséis=26 veintisiete=27 veintiocho=28 veintinueve=29 \
    treinta=30 cuarenta=40 cincuenta=50 sesenta=60 setenta=70 ochenta=80 noventa=90 cien=c ciento=c doscientos=200 \
    doscientas=200 trescientos=300 trescientas=300 cuatrocientos=400 cuatrocientas=400 quinientos=500 quinientas=500 \
    seiscientos=600 seiscientas=600 setecientos=700 setecientas=700 ochocientos=800 ochocientas=800 novecientos=900 \
    novecientas=900 mil=*1e3 millón=*1e6 millones=+1e6 millardo=*1e9 billón=*1e12 billones=+1e12 y=& medio=h media=h \
    mitad=?0.5 primero=#1 primer=#1 primera=#1 primeros=#1 primeras=#1 segundo=#2 segunda=#2 tercero=#3 tercer=#3 tercera=#3 tercio=#3 tercios=#3 \
    cuarto=#4 cuarta=#4 cuartos=#4 quinto=#5 quinta=#5 sexto=#6 sexta=#6 séptimo=#7 séptima=#7 octavo=#8 octava=#8 \
    noveno=#9 novena=#9 décimo=#10 décima=#10 decena=d10 docena=d12 quincena=?15 veintena=d20 treintena=d30 centenar=d100 millar=d1000 \
    decenas=~10 docenas=~12 cientos=~100 centenares=~100 miles=~1000 millares=~1000 ambos=?2 ambas=?2 par=?2 pares=?2 pareja=?2 parejas=?2 \
    doble=?2 dobles=?2 dúo=?2 triple=?3 trío=?3 década=?10 décadas=?10 decenio=?10 siglo=?100 siglos=?100 milenio=?1000 milenios=?1000 gemelos=?2 vez=?1 duplicado=?2 \
    trimestre=?3 semestre=?6";
const PT: &str = "zero=0 um=1 uma=1 dois=2 duas=2 três=3 quatro=4 cinco=5 seis=6 sete=7 oito=8 nove=9 dez=10 onze=11 doze=12 treze=13 \
    catorze=14 quatorze=14 quinze=15 dezasseis=16 dezesseis=16 dezassete=17 dezessete=17 dezoito=18 dezanove=19 \
    dezenove=19 vinte=20 trinta=30 quarenta=40 cinquenta=50 sessenta=60 setenta=70 oitenta=80 noventa=90 cem=c cento=c \
    duzentos=200 duzentas=200 trezentos=300 trezentas=300 quatrocentos=400 quatrocentas=400 quinhentos=500 \
    quinhentas=500 seiscentos=600 seiscentas=600 setecentos=700 setecentas=700 oitocentos=800 oitocentas=800 \
    novecentos=900 novecentas=900 mil=*1e3 milhão=*1e6 milhões=+1e6 bilhão=*1e9 bilhões=+1e9 bilião=*1e12 biliões=+1e12 \
    trilhão=*1e12 trilhões=+1e12 e=& meio=h meia=h metade=?0.5 primeiro=#1 primeira=#1 primeiros=#1 primeiras=#1 segundo=#2 segunda=#2 terceiro=#3 \
    terceira=#3 terço=#3 terços=#3 quarto=#4 quarta=#4 quartos=#4 quinto=#5 quinta=#5 sexto=#6 sexta=#6 sétimo=#7 sétima=#7 \
    oitavo=#8 oitava=#8 nono=#9 nona=#9 décimo=#10 décima=#10 vigésimo=#20 vigésima=#20 trigésimo=#30 quinquagésimo=#50 centésimo=#100 dezena=d10 \
    dúzia=d12 vintena=d20 centena=d100 milhar=d1000 dezenas=~10 dúzias=~12 centenas=~100 milhares=~1000 ambos=?2 ambas=?2 \
    par=?2 pares=?2 casal=?2 casais=?2 dupla=?2 duplas=?2 dobro=?2 duplo=?2 duplos=?2 triplo=?3 trio=?3 década=?10 décadas=?10 decénio=?10 século=?100 séculos=?100 \
    milénio=?1000 milênio=?1000 milénios=?1000 milênios=?1000 gêmeos=?2 gémeos=?2 quinzena=?15 trimestre=?3 semestre=?6 vez=?1";

type Table = HashMap<&'static str, Piece>;

static TABLES: LazyLock<[(Lang, Table); 6]> = LazyLock::new(|| {
    [
        (Lang::IT, IT),
        (Lang::EN, EN),
        (Lang::FR, FR),
        (Lang::DE, DE),
        (Lang::ES, ES),
        (Lang::PT, PT),
    ]
    .map(|(lang, text)| (lang, text.split_ascii_whitespace().map(entry).collect()))
});

fn entry(text: &'static str) -> (&'static str, Piece) {
    let (word, value) = text
        .split_once('=')
        .expect("the tables above hold word=value");
    let number = || {
        value
            .trim_start_matches(|c: char| !c.is_ascii_digit())
            .parse()
            .expect("the tables above hold numbers")
    };
    let piece = match value.as_bytes()[0] {
        b'*' => Piece::Power(number()),
        b'+' => Piece::Powers(number()),
        b'#' => Piece::Ordinal(number()),
        b'd' => Piece::Group(number()),
        b'~' => Piece::Vague(number()),
        b'?' => Piece::Loose(number()),
        b'h' => Piece::Half,
        b'&' => Piece::And,
        b'c' => Piece::Hundred,
        _ => Piece::Plain(number()),
    };
    (word, piece)
}

fn table(lang: Lang) -> Option<&'static Table> {
    TABLES
        .iter()
        .find(|(known, _)| *known == lang)
        .map(|(_, table)| table)
}

/// Whether number words of `lang` are known.
pub(super) fn knows(lang: Lang) -> bool {
    table(lang).is_some()
}

fn piece(word: &str, lang: Lang) -> Option<Piece> {
    let table = table(lang)?;
    if let Some(piece) = table.get(word) {
        return Some(*piece);
    }
    match lang {
        Lang::IT => italian(word, table),
        Lang::DE => german(word, table),
        Lang::FR => {
            let stem = word.strip_suffix("ièmes").or(word.strip_suffix("ième"))?;
            let cardinal = ["", "e", "s"]
                .iter()
                .find_map(|end| plain(table, &format!("{stem}{end}")));
            let value = cardinal.or(match stem {
                "cinqu" => Some(5.0),
                "neuv" => Some(9.0),
                "cent" => Some(100.0),
                _ => None,
            })?;
            Some(Piece::Ordinal(value))
        }
        _ => None,
    }
}

/// Years in a period that can be counted: "three decades" are thirty years.
pub(super) fn period(word: &str, lang: Lang) -> Option<f64> {
    match table(lang)?.get(word)? {
        Piece::Loose(years) if matches!(*years, 10.0 | 100.0 | 1000.0) => Some(*years),
        _ => None,
    }
}

fn plain(table: &Table, word: &str) -> Option<f64> {
    match table.get(word) {
        Some(Piece::Plain(value)) => Some(*value),
        _ => None,
    }
}

/// Takes an Italian compound apart: "duecentotrentotto", "tremila", "ventitré", "ventunesimo".
fn italian(word: &str, table: &Table) -> Option<Piece> {
    if word.len() < 6 {
        return None;
    }
    for end in ["esimo", "esima", "esimi", "esime"] {
        if let Some(stem) = word.strip_suffix(end) {
            // The ordinal drops the cardinal's last vowel.
            return ["", "o", "i", "a", "e"].iter().find_map(|vowel| {
                let cardinal = format!("{stem}{vowel}");
                plain(table, &cardinal)
                    .or_else(|| italian_below_million(&cardinal, table))
                    .map(Piece::Ordinal)
            });
        }
    }
    // "sedicenne"
    if let Some(stem) = word.strip_suffix("enne").or(word.strip_suffix("enni")) {
        return ["", "i", "o", "a", "e"].iter().find_map(|vowel| {
            let cardinal = format!("{stem}{vowel}");
            plain(table, &cardinal)
                .or_else(|| italian_below_million(&cardinal, table))
                .filter(|age| (11.0..120.0).contains(age))
                .map(Piece::Group)
        });
    }
    italian_below_million(word, table).map(Piece::Plain)
}

fn italian_below_million(word: &str, table: &Table) -> Option<f64> {
    let (thousands, rest) = if let Some((before, after)) = word.split_once("mila") {
        (italian_below_thousand(before, table)? * 1e3, after)
    } else if let Some(after) = word.strip_prefix("mille") {
        (1e3, after)
    } else {
        (0.0, word)
    };
    match rest {
        "" => Some(thousands),
        rest => Some(thousands + italian_below_thousand(rest, table)?),
    }
}

fn italian_below_thousand(word: &str, table: &Table) -> Option<f64> {
    let Some((before, after)) = word.split_once("cent") else {
        return italian_below_hundred(word, table);
    };
    let hundreds = match before {
        "" => 1.0,
        before => plain(table, before).filter(|n| (2.0..10.0).contains(n))?,
    };
    // "centotto" shares its o.
    let rest = match after.strip_prefix('o') {
        Some("") => return Some(hundreds * 100.0),
        Some(rest) => italian_below_hundred(rest, table),
        None => None,
    };
    rest.or_else(|| italian_below_hundred(after, table))
        .map(|rest| hundreds * 100.0 + rest)
}

fn italian_below_hundred(word: &str, table: &Table) -> Option<f64> {
    let word = match word.strip_suffix("tré") {
        Some(stem) => &format!("{stem}tre"),
        None => word,
    };
    if let Some(value) = plain(table, word) {
        return Some(value);
    }
    const TENS: [(&str, f64); 8] = [
        ("vent", 20.0),
        ("trent", 30.0),
        ("quarant", 40.0),
        ("cinquant", 50.0),
        ("sessant", 60.0),
        ("settant", 70.0),
        ("ottant", 80.0),
        ("novant", 90.0),
    ];
    let (rest, tens) = TENS
        .iter()
        .find_map(|(stem, tens)| word.strip_prefix(stem).map(|rest| (rest, tens)))?;
    let unit = match rest {
        "uno" | "un" | "una" => 1.0,
        "otto" => 8.0,
        rest => plain(table, rest.strip_prefix(['i', 'a'])?).filter(|n| *n < 10.0)?,
    };
    Some(tens + unit)
}

/// Takes a German compound apart: "zweihundertachtunddreißig", "zweitausendzwanzig", "zweieinhalb", "zwanzigsten".
fn german(word: &str, table: &Table) -> Option<Piece> {
    if word.len() < 8 {
        return None;
    }
    if let Some(stem) = word.strip_suffix("einhalb") {
        return plain(table, stem).map(|n| Piece::Plain(n + 0.5));
    }
    if let Some(value) = german_below_million(word, table) {
        return Some(Piece::Plain(value));
    }
    ["ste", "sten", "ster", "stes", "te", "ten", "ter"]
        .iter()
        .find_map(|end| german_below_million(word.strip_suffix(end)?, table).map(Piece::Ordinal))
}

fn german_below_million(word: &str, table: &Table) -> Option<f64> {
    match word.split_once("tausend") {
        Some((before, after)) => {
            let thousands = match before {
                "" => 1.0,
                before => german_below_thousand(before, table)?,
            };
            match after.strip_prefix("und").unwrap_or(after) {
                "" => Some(thousands * 1e3),
                rest => Some(thousands * 1e3 + german_below_thousand(rest, table)?),
            }
        }
        None => german_below_thousand(word, table),
    }
}

fn german_below_thousand(word: &str, table: &Table) -> Option<f64> {
    match word.split_once("hundert") {
        Some((before, after)) => {
            let hundreds = match before {
                "" => 1.0,
                before => plain(table, before).filter(|n| *n < 20.0)?,
            };
            match after.strip_prefix("und").unwrap_or(after) {
                "" => Some(hundreds * 100.0),
                rest => Some(hundreds * 100.0 + german_below_hundred(rest, table)?),
            }
        }
        None => german_below_hundred(word, table),
    }
}

fn german_below_hundred(word: &str, table: &Table) -> Option<f64> {
    if let Some(value) = plain(table, word) {
        return Some(value);
    }
    let (unit, tens) = word.split_once("und")?;
    let unit = plain(table, unit).filter(|n| *n < 10.0)?;
    let tens = plain(table, tens).filter(|n| *n >= 20.0)?;
    Some(unit + tens)
}

/// Reads the number that starts at word `start`; `digits` is its value if that word is written in digits.
pub(super) fn read(side: &Side, start: usize, digits: Option<f64>) -> Option<Numeral> {
    let mut sum = Sum::default();
    let mut at = start;
    if let Some(value) = digits {
        sum.group = value;
        sum.seen = true;
        at += 1;
    }
    let mut said = Said::Cardinal;
    let mut halved = false;
    let mut end = at;
    while at < side.words.len() && (at == start || joins(side.before(at))) {
        if side.words[at].kind == Kind::Digits {
            break;
        }
        let word = side.lower(at);
        let Some(piece) = piece(word, side.lang) else {
            // "half a million"
            let article =
                at > start && sum.half_open && matches!(word, "a" | "an" | "d" | "de" | "di");
            if !article {
                break;
            }
            at += 1;
            continue;
        };
        let power = matches!(piece, Piece::Power(_) | Piece::Powers(_));
        if halved && (sum.powered || !power)
            || digits.is_some() && !sum.powered && !power && piece != Piece::And
        {
            break;
        }
        match piece {
            Piece::And => {
                if !sum.seen || sum.half_open {
                    break;
                }
                if let Some(after) = half_after_and(side, at) {
                    sum.add_half();
                    (at, end) = (after, after);
                    // "one and a half million"
                    halved = true;
                    continue;
                }
                if digits.is_some() || !and_joins(side, at, &sum) {
                    break;
                }
                at += 1;
                continue;
            }
            // "un demi-million": the number before is an article.
            Piece::Half if sum.seen && (sum.powered || sum.group != 1.0) => break,
            Piece::Half => {
                sum.half_open = true;
                sum.seen = true;
                sum.group = 0.5;
                said = Said::Loose;
            }
            Piece::Plain(n) if !sum.half_open && sum.add(n, side.lang) => {}
            Piece::Hundred if !sum.half_open && sum.hundred() => {}
            Piece::Power(n) if sum.power(n) => said = Said::Cardinal,
            Piece::Powers(n) if sum.seen && sum.power(n) => said = Said::Cardinal,
            Piece::Powers(n) | Piece::Vague(n) if !sum.seen => {
                return Some(Numeral {
                    // Dozens are tens elsewhere.
                    value: if n == 12.0 { 10.0 } else { n },
                    end: at + 1,
                    said: Said::Vague,
                });
            }
            // "due dozzine", "two thousand" in words that are vague alone
            Piece::Vague(n) if sum.is_small() => {
                return Some(Numeral {
                    value: sum.total() * n,
                    end: at + 1,
                    said: Said::Group,
                });
            }
            Piece::Ordinal(n) if !sum.seen || sum.add_ordinal(n, side.lang) => {
                if !sum.seen {
                    sum.group = n;
                    sum.seen = true;
                }
                said = Said::Ordinal;
                end = at + 1;
                // "vigésimo primeiro"
                if n < 20.0 {
                    break;
                }
            }
            Piece::Group(n) if !sum.seen || sum.is_small() => {
                let times = if sum.seen { sum.total() } else { 1.0 };
                return Some(Numeral {
                    value: times * n,
                    end: at + 1,
                    said: Said::Group,
                });
            }
            Piece::Loose(n) if !sum.seen => {
                return Some(Numeral {
                    value: n,
                    end: at + 1,
                    said: Said::Loose,
                });
            }
            _ => break,
        }
        at += 1;
        end = at;
    }
    (sum.seen && end > start).then(|| Numeral {
        value: sum.total(),
        end,
        said,
    })
}

/// Whether two words with `gap` between them can belong to one number.
fn joins(gap: &str) -> bool {
    matches!(gap, " " | "-" | "" | "\u{a0}" | "\u{202f}" | "\u{2011}")
}

/// The end of "and a half", if that's what stands at word `at`.
pub(super) fn half_after_and(side: &Side, at: usize) -> Option<usize> {
    let half = at + 1 + usize::from(side.lower(at + 1) == "a");
    let and = piece(side.lower(at), side.lang) == Some(Piece::And);
    let is_half = and && piece(side.lower(half), side.lang) == Some(Piece::Half);
    (is_half && (at + 1..=half).all(|i| joins(side.before(i)))).then_some(half + 1)
}

/// Whether the "and" at word `at` continues the number `sum`.
fn and_joins(side: &Side, at: usize, sum: &Sum) -> bool {
    if !joins(side.before(at + 1)) {
        return false;
    }
    let tens = sum.group % 100.0 >= 20.0 && sum.group % 10.0 == 0.0;
    let round = sum.group % 100.0 == 0.0;
    match (piece(side.lower(at + 1), side.lang), side.lang) {
        (Some(Piece::Plain(n)), Lang::EN) => round && n < 100.0,
        (Some(Piece::Plain(n)), Lang::FR) => tens && (n == 1.0 || n == 11.0),
        (Some(Piece::Plain(n)), Lang::ES) => tens && n < 10.0,
        (Some(Piece::Plain(n)), Lang::PT) => tens && n < 10.0 || round,
        // "un milione e duecentomila"
        (Some(Piece::Plain(n)), Lang::IT) => sum.powered && sum.group == 0.0 && n >= 100.0,
        (Some(Piece::Hundred), Lang::PT) => sum.group == 0.0,
        (Some(Piece::Ordinal(n)), Lang::EN) => round && n < 100.0,
        _ => false,
    }
}

/// A number in the making: finished millions, finished thousands, and the group below a thousand.
#[derive(Debug, Default)]
struct Sum {
    millions: f64,
    thousands: f64,
    group: f64,
    /// The last power, for "and a half".
    last: f64,
    seen: bool,
    powered: bool,
    half_open: bool,
}

impl Sum {
    fn total(&self) -> f64 {
        self.millions + self.thousands + self.group
    }

    fn is_small(&self) -> bool {
        !self.powered && self.group < 100.0
    }

    fn add(&mut self, n: f64, lang: Lang) -> bool {
        let (g, tens) = (self.group, self.group % 100.0);
        let fits = !self.seen
            || g == 0.0 && self.powered && (n < 1000.0 || self.thousands == 0.0 && n < self.last)
            || g > 0.0 && tens == 0.0 && n < 100.0
            || n < 10.0 && n > 0.0 && tens >= 20.0 && tens % 10.0 == 0.0
            || lang == Lang::FR && (tens == 60.0 || tens == 80.0) && n < 20.0 && n > 0.0
            || lang == Lang::FR && tens == 10.0 && (7.0..10.0).contains(&n)
            || lang == Lang::FR && matches!(tens, 70.0 | 90.0) && (7.0..10.0).contains(&n);
        if fits {
            self.group += n;
        } else if lang == Lang::FR && tens == 4.0 && n == 20.0 {
            self.group += 76.0;
        } else if lang == Lang::EN
            && !self.powered
            && (16.0..=20.0).contains(&g)
            && (10.0..100.0).contains(&n)
        {
            // "nineteen eighty-four"
            self.group = g * 100.0 + n;
        } else {
            return false;
        }
        self.seen = true;
        true
    }

    fn add_ordinal(&mut self, n: f64, lang: Lang) -> bool {
        let tens = self.group % 100.0;
        let fits = n < 10.0 && tens >= 20.0 && tens % 10.0 == 0.0
            || self.group > 0.0 && tens == 0.0 && n < 100.0
            || lang == Lang::FR && tens == 10.0 && (7.0..10.0).contains(&n);
        if fits {
            self.group += n;
        }
        fits
    }

    fn hundred(&mut self) -> bool {
        let fits = self.group < 100.0
            && self.group.fract() == 0.0
            && (self.group > 0.0 || !self.seen || self.powered);
        if fits {
            self.group = self.group.max(1.0) * 100.0;
            self.seen = true;
        }
        fits
    }

    fn power(&mut self, power: f64) -> bool {
        let below = if power < 1e6 {
            if self.thousands > 0.0 {
                return false;
            }
            &mut self.thousands
        } else {
            let below = self.thousands + self.group;
            if self.millions > 0.0 && below == 0.0 {
                return false;
            }
            self.group = below;
            self.thousands = 0.0;
            &mut self.millions
        };
        *below += if self.group == 0.0 { 1.0 } else { self.group } * power;
        self.group = 0.0;
        self.last = power;
        self.seen = true;
        self.powered = true;
        self.half_open = false;
        true
    }

    fn add_half(&mut self) {
        if self.powered && self.group == 0.0 {
            self.group = self.last / 2.0;
        } else {
            self.group += 0.5;
        }
    }
}

/// The value of a Roman numeral in canonical form, below 4,000.
pub(super) fn roman(text: &str) -> Option<f64> {
    const STEPS: [(&str, u32); 13] = [
        ("M", 1000),
        ("CM", 900),
        ("D", 500),
        ("CD", 400),
        ("C", 100),
        ("XC", 90),
        ("L", 50),
        ("XL", 40),
        ("X", 10),
        ("IX", 9),
        ("V", 5),
        ("IV", 4),
        ("I", 1),
    ];
    let (mut rest, mut value) = (text, 0);
    for (sign, worth) in STEPS {
        // M, C, X and I may stand three times, the others once.
        let most = if matches!(worth, 1000 | 100 | 10 | 1) {
            3
        } else {
            1
        };
        for _ in 0..most {
            match rest.strip_prefix(sign) {
                Some(after) => (rest, value) = (after, value + worth),
                None => break,
            }
        }
    }
    (rest.is_empty() && value > 0).then_some(f64::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(lang: Lang, text: &str) -> Option<(f64, Said)> {
        let side = Side::new(text, lang);
        let numeral = read(&side, 0, None)?;
        (numeral.end == side.words.len()).then_some((numeral.value, numeral.said))
    }

    #[test]
    fn words_make_numbers() {
        for (lang, text, expected) in [
            (Lang::IT, "duecentotrentotto", 238.0),
            (Lang::IT, "centotto", 108.0),
            (Lang::IT, "centottanta", 180.0),
            (Lang::IT, "ventitré", 23.0),
            (Lang::IT, "duemilaventidue", 2022.0),
            (Lang::IT, "tremila", 3000.0),
            (Lang::IT, "millenovecentoottantaquattro", 1984.0),
            (Lang::IT, "ottocentomila", 800_000.0),
            (Lang::IT, "due milioni e mezzo", 2_500_000.0),
            (Lang::IT, "un milione e duecentomila", 1_200_000.0),
            (Lang::IT, "mezzo milione", 500_000.0),
            (Lang::IT, "due e mezzo", 2.5),
            (Lang::EN, "two hundred and thirty-eight", 238.0),
            (Lang::EN, "half a million", 500_000.0),
            (Lang::EN, "one million and a half", 1_500_000.0),
            (Lang::EN, "nineteen eighty-four", 1984.0),
            (Lang::EN, "three hundred thousand five hundred", 300_500.0),
            (Lang::EN, "seventy-one", 71.0),
            (Lang::EN, "two and a half million", 2_500_000.0),
            (Lang::FR, "quatre-vingt-onze", 91.0),
            (Lang::FR, "quatre-vingt-dix-neuf", 99.0),
            (Lang::FR, "quatre-vingts", 80.0),
            (Lang::FR, "soixante et onze", 71.0),
            (Lang::FR, "dix-sept", 17.0),
            (Lang::FR, "deux cent trente-huit", 238.0),
            (Lang::FR, "un demi-million", 500_000.0),
            (Lang::DE, "zweihundertachtunddreißig", 238.0),
            (Lang::DE, "einundzwanzig", 21.0),
            (Lang::DE, "dreitausend", 3000.0),
            (Lang::DE, "zweitausendzweiundzwanzig", 2022.0),
            (Lang::DE, "zweieinhalb", 2.5),
            (Lang::DE, "eine halbe Million", 500_000.0),
            (Lang::ES, "doscientos treinta y ocho", 238.0),
            (Lang::ES, "dos mil millones", 2e9),
            (Lang::ES, "medio millón", 500_000.0),
            (Lang::PT, "duzentos e trinta e oito", 238.0),
            (Lang::PT, "mil e quinhentos", 1500.0),
            (Lang::PT, "dois milhões e meio", 2_500_000.0),
            (Lang::PT, "mil milhões", 1e9),
        ] {
            assert_eq!(value(lang, text).map(|(n, _)| n), Some(expected), "{text}");
        }
    }

    #[test]
    fn ordinals_groups_and_vague_numbers() {
        for (lang, text, expected, said) in [
            (Lang::IT, "ventunesimo", 21.0, Said::Ordinal),
            (Lang::IT, "diciannovesimo", 19.0, Said::Ordinal),
            (Lang::EN, "twenty-first", 21.0, Said::Ordinal),
            (Lang::FR, "dix-neuvième", 19.0, Said::Ordinal),
            (Lang::DE, "einundzwanzigsten", 21.0, Said::Ordinal),
            (Lang::PT, "vigésimo primeiro", 21.0, Said::Ordinal),
            (Lang::IT, "una dozzina", 12.0, Said::Group),
            (Lang::IT, "due dozzine", 24.0, Said::Group),
            (Lang::IT, "sedicenne", 16.0, Said::Group),
            (Lang::IT, "ventunenne", 21.0, Said::Group),
            (Lang::EN, "two dozen", 24.0, Said::Group),
            (Lang::IT, "una ventina", 20.0, Said::Group),
            (Lang::IT, "migliaia", 1000.0, Said::Vague),
            (Lang::EN, "millions", 1e6, Said::Vague),
            (Lang::EN, "twice", 2.0, Said::Loose),
        ] {
            assert_eq!(value(lang, text), Some((expected, said)), "{text}");
        }
    }

    #[test]
    fn neighbours_that_are_two_numbers() {
        for (lang, text) in [
            (Lang::EN, "three four"),
            (Lang::EN, "twenty and thirty"),
            (Lang::IT, "venti e tre"),
            (Lang::IT, "due, tre"),
            (Lang::FR, "dix et vingt"),
            (Lang::IT, "seicento cose"),
            (Lang::IT, "recente"),
            (Lang::IT, "venticello"),
            (Lang::DE, "hundertjährig"),
        ] {
            assert_eq!(value(lang, text), None, "{text}");
        }
    }

    #[test]
    fn digits_go_on_in_words() {
        for (lang, text, digits, expected) in [
            (Lang::IT, "3 mila", 3.0, 3000.0),
            (Lang::EN, "3.2 million", 3.2, 3.2e6),
            (Lang::IT, "2 milioni e mezzo", 2.0, 2.5e6),
            (Lang::ES, "2 mil millones", 2.0, 2e9),
            (Lang::DE, "3 Mio", 3.0, 3e6),
            (Lang::EN, "3 five", 3.0, 3.0),
        ] {
            let numeral = read(&Side::new(text, lang), 0, Some(digits)).unwrap();
            assert_eq!(numeral.value, expected, "{text}");
        }
    }

    #[test]
    fn roman_numerals() {
        assert_eq!(roman("XIV"), Some(14.0));
        assert_eq!(roman("MCMXCIX"), Some(1999.0));
        for bad in ["", "IIII", "VX", "IC", "XIVa", "iv"] {
            assert_eq!(roman(bad), None, "{bad}");
        }
    }
}
