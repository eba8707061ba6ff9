//! The pieces that number words are made of: a table a language, behind it the ways in which Italian, German and French
//! build words out of them (`compounds`).

use std::collections::HashMap;
use std::sync::LazyLock;

use super::compounds;
use crate::text::Lang;

/// What a word adds to a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Piece {
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

// Each entry is `word=value`; the value's first sign is the kind: `*` power, `+` powers, `#` ordinal, `d` group,
// `~` vague, `?` loose, `h` half, `&` and, `c` hundred.
const IT: &str = "zero=0 un=1 uno=1 una=1 due=2 tre=3 quattro=4 cinque=5 sei=6 sette=7 otto=8 nove=9 dieci=10 undici=11 \
    dodici=12 tredici=13 quattordici=14 quindici=15 sedici=16 diciassette=17 diciotto=18 diciannove=19 venti=20 \
    trenta=30 quaranta=40 cinquanta=50 sessanta=60 settanta=70 ottanta=80 novanta=90 cento=c mille=*1e3 mila=*1e3 \
    milione=*1e6 milioni=+1e6 mln=*1e6 miliardo=*1e9 miliardi=+1e9 mld=*1e9 bilione=*1e12 bilioni=+1e12 e=& mezzo=h mezza=h \
    primo=#1 prima=#1 primi=#1 prime=#1 secondo=#2 seconda=#2 terzo=#3 terza=#3 terzi=#3 quarto=#4 quarta=#4 \
    quarti=#4 quinto=#5 quinta=#5 quinti=#5 sesto=#6 sesta=#6 settimo=#7 settima=#7 ottavo=#8 ottava=#8 nono=#9 nona=#9 \
    decimo=#10 decima=#10 decina=d10 dozzina=d12 quindicina=d15 ventina=d20 trentina=d30 quarantina=d40 \
    cinquantina=d50 sessantina=d60 settantina=d70 ottantina=d80 novantina=d90 centinaio=d100 migliaio=d1000 \
    decine=~10 dozzine=~12 centinaia=~100 migliaia=~1000 entrambi=?2 entrambe=?2 ambedue=?2 coppia=?2 coppie=?2 paio=?2 paia=?2 \
    gemelli=?2 trio=?3 tripletta=?3 \
    quartetto=?4 decennio=?10 decenni=?10 secolo=?100 secoli=?100 millennio=?1000 millenni=?1000 biennio=?2 \
    triennio=?3 quinquennio=?5 bimestre=?2 ventennio=d20 trentennio=d30 quarantennio=d40 cinquantennio=d50 doppietta=?2 doppiette=?2 poker=?4 mezz=h trimestre=?3 semestre=?6 bilaterale=?2 bilaterali=?2 millenario=?1000 millenaria=?1000 millenari=?1000 millenarie=?1000 biennale=?2 biennali=?2 triennale=?3 triennali=?3 quadriennale=?4 quadriennali=?4 quinquennale=?5 \
    quinquennali=?5 decennale=?10 decennali=?10 ventennale=?20 quadriennio=?4 quattr=4 vent=20 \
    trent=30 quarant=40 cinquant=50 sessant=60 settant=70 ottant=80 novant=90 cent=c";
const EN: &str = "zero=0 nil=?0 one=1 two=2 three=3 four=4 five=5 six=6 seven=7 eight=8 nine=9 ten=10 eleven=11 twelve=12 \
    thirteen=13 fourteen=14 fifteen=15 sixteen=16 seventeen=17 eighteen=18 nineteen=19 twenty=20 thirty=30 forty=40 \
    fifty=50 sixty=60 seventy=70 eighty=80 ninety=90 hundred=c thousand=*1e3 million=*1e6 billion=*1e9 trillion=*1e12 \
    mn=*1e6 bn=*1e9 tn=*1e12 hundreds=~100 thousands=+1e3 millions=+1e6 billions=+1e9 trillions=+1e12 and=& half=h \
    halves=?0.5 first=#1 second=#2 third=#3 thirds=#3 fourth=#4 quarter=#4 quarters=#4 fourths=#4 fifth=#5 fifths=#5 sixth=#6 seventh=#7 eighth=#8 ninth=#9 \
    tenth=#10 tenths=#10 eleventh=#11 twelfth=#12 thirteenth=#13 fourteenth=#14 fifteenth=#15 sixteenth=#16 \
    seventeenth=#17 eighteenth=#18 nineteenth=#19 twentieth=#20 thirtieth=#30 fortieth=#40 fiftieth=#50 sixtieth=#60 \
    seventieth=#70 eightieth=#80 ninetieth=#90 hundredth=#100 thousandth=#1000 dozen=d12 score=?20 dozens=~12 tens=~10 scores=?10 \
    once=?1 both=?2 couple=?2 couples=?2 pair=?2 pairs=?2 dual=?2 twin=?2 twins=?2 brace=?2 braces=?2 hat-trick=?3 biennial=?2 triennial=?3 quadrennial=?4 quinquennial=?5 decennial=?10 bicentenary=?200 bicentennial=?200 centenary=?100 centennial=?100 duo=?2 either=?2 neither=?2 \
    trio=?3 quartet=?4 decade=?10 decades=?10 century=?100 centuries=?100 millennium=?1000 millennia=?1000 \
    fortnight=?14 twenties=?20 thirties=?30 forties=?40 fifties=?50 sixties=?60 seventies=?70 eighties=?80 nineties=?90 \
    bilateral=?2 bicycle=?2 semi=?0.5";
const FR: &str = "zéro=0 un=1 une=1 deux=2 trois=3 quatre=4 cinq=5 six=6 sept=7 huit=8 neuf=9 dix=10 onze=11 douze=12 treize=13 \
    quatorze=14 quinze=15 seize=16 vingt=20 vingts=20 trente=30 quarante=40 cinquante=50 soixante=60 septante=70 \
    huitante=80 octante=80 nonante=90 cent=c cents=c mille=*1e3 million=*1e6 millions=+1e6 milliard=*1e9 milliards=+1e9 \
    billion=*1e12 billions=+1e12 et=& demi=h demie=h premier=#1 première=#1 premiers=#1 premières=#1 second=#2 \
    seconde=#2 tiers=#3 quart=#4 quarts=#4 dizaine=d10 douzaine=d12 quinzaine=d15 vingtaine=d20 trentaine=d30 \
    quarantaine=d40 cinquantaine=d50 soixantaine=d60 centaine=d100 millier=d1000 dizaines=~10 douzaines=~12 centaines=~100 \
    milliers=~1000 couple=?2 paire=?2 paires=?2 trimestre=?3 trimestres=?3 semestre=?6 semestres=?6 doublé=?2 triplé=?3 biennal=?2 biennale=?2 triennal=?3 triennale=?3 quinquennal=?5 quinquennale=?5 quinquennat=?5 décennal=?10 décennale=?10 bicentenaire=?200 centenaire=?100 trio=?3 décennie=?10 décennies=?10 siècle=?100 siècles=?100 \
    millénaire=?1000 millénaires=?1000 ambos=?2 jumeaux=?2 duo=?2";
const DE: &str = "null=0 ein=1 eine=1 einen=1 einem=1 einer=1 eines=1 eins=1 zwei=2 zwo=2 drei=3 vier=4 fünf=5 sechs=6 sieben=7 acht=8 neun=9 \
    zehn=10 elf=11 zwölf=12 dreizehn=13 vierzehn=14 fünfzehn=15 sechzehn=16 siebzehn=17 achtzehn=18 neunzehn=19 \
    zwanzig=20 dreißig=30 vierzig=40 fünfzig=50 sechzig=60 siebzig=70 achtzig=80 neunzig=90 hundert=c tausend=*1e3 \
    million=*1e6 millionen=+1e6 mio=*1e6 milliarde=*1e9 milliarden=+1e9 mrd=*1e9 billion=*1e12 billionen=+1e12 und=& \
    halb=h halbe=h halben=h halber=h halbes=h hunderte=~100 hunderten=~100 hunderter=~100 tausende=~1000 tausenden=~1000 tausender=~1000 dutzend=d12 dutzende=~12 \
    dutzenden=~12 einmal=?1 beide=?2 beiden=?2 beider=?2 beides=?2 paar=?2 paare=?2 doppelpack=?2 halbjahr=?6 halbjahres=?6 quartal=?3 quartals=?3 quartale=?3 vierteljahr=?3 vierteljahrhundert=d25 viertelmillion=d250000 dreiviertelmillion=d750000 dreivierteljahr=?9 \
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
    primero=#1 primer=#1 primera=#1 primeros=#1 primeras=#1 segundo=#2 segunda=#2 tercero=#3 tercer=#3 tercera=#3 tercio=#3 tercios=#3 \
    cuarto=#4 cuarta=#4 cuartos=#4 quinto=#5 quinta=#5 sexto=#6 sexta=#6 séptimo=#7 séptima=#7 octavo=#8 octava=#8 \
    noveno=#9 novena=#9 décimo=#10 décima=#10 decena=d10 docena=d12 quincena=?15 veintena=d20 treintena=d30 centenar=d100 millar=d1000 \
    decenas=~10 docenas=~12 cientos=~100 centenares=~100 miles=~1000 millares=~1000 ambos=?2 ambas=?2 par=?2 pares=?2 pareja=?2 parejas=?2 \
    dúo=?2 doblete=?2 dobletes=?2 bienal=?2 trienal=?3 cuatrienal=?4 quinquenal=?5 decenal=?10 cuatrienio=?4 bienio=?2 trienio=?3 quinquenio=?5 centenario=?100 trío=?3 década=?10 décadas=?10 decenio=?10 siglo=?100 siglos=?100 milenio=?1000 milenios=?1000 gemelos=?2 vez=?1 \
    trimestre=?3 semestre=?6";
const PT: &str = "zero=0 um=1 uma=1 dois=2 duas=2 três=3 quatro=4 cinco=5 seis=6 sete=7 oito=8 nove=9 dez=10 onze=11 doze=12 treze=13 \
    catorze=14 quatorze=14 quinze=15 dezasseis=16 dezesseis=16 dezassete=17 dezessete=17 dezoito=18 dezanove=19 \
    dezenove=19 vinte=20 trinta=30 quarenta=40 cinquenta=50 sessenta=60 setenta=70 oitenta=80 noventa=90 cem=c cento=c \
    duzentos=200 duzentas=200 trezentos=300 trezentas=300 quatrocentos=400 quatrocentas=400 quinhentos=500 \
    quinhentas=500 seiscentos=600 seiscentas=600 setecentos=700 setecentas=700 oitocentos=800 oitocentas=800 \
    novecentos=900 novecentas=900 mil=*1e3 milhão=*1e6 milhões=+1e6 bilhão=*1e9 bilhões=+1e9 bilião=*1e12 biliões=+1e12 \
    trilhão=*1e12 trilhões=+1e12 e=& meio=h meia=h primeiro=#1 primeira=#1 primeiros=#1 primeiras=#1 segundo=#2 segunda=#2 terceiro=#3 \
    terceira=#3 terço=#3 terços=#3 quarto=#4 quarta=#4 quartos=#4 quinto=#5 quinta=#5 sexto=#6 sexta=#6 sétimo=#7 sétima=#7 \
    oitavo=#8 oitava=#8 nono=#9 nona=#9 décimo=#10 décima=#10 vigésimo=#20 vigésima=#20 trigésimo=#30 quinquagésimo=#50 centésimo=#100 dezena=d10 \
    dúzia=d12 vintena=d20 centena=d100 milhar=d1000 dezenas=~10 dúzias=~12 centenas=~100 milhares=~1000 ambos=?2 ambas=?2 \
    par=?2 pares=?2 casal=?2 casais=?2 dupla=?2 duplas=?2 bienal=?2 trienal=?3 quadrienal=?4 quinquenal=?5 decenal=?10 quadriênio=?4 biênio=?2 triênio=?3 quinquênio=?5 centenário=?100 trio=?3 década=?10 décadas=?10 decénio=?10 século=?100 séculos=?100 \
    milénio=?1000 milênio=?1000 milénios=?1000 milênios=?1000 gêmeos=?2 gémeos=?2 quinzena=?15 trimestre=?3 semestre=?6 vez=?1";

pub(super) type Table = HashMap<&'static str, Piece>;

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

/// What `word`, in lower case, adds to a number.
pub(super) fn piece(word: &str, lang: Lang) -> Option<Piece> {
    let table = table(lang)?;
    if let Some(piece) = table.get(word) {
        return Some(*piece);
    }
    match lang {
        Lang::IT => compounds::italian(word, table),
        Lang::DE => compounds::german(word, table),
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

/// The value of a word that stands for a number below 1,000.
pub(super) fn plain(table: &Table, word: &str) -> Option<f64> {
    match table.get(word) {
        Some(Piece::Plain(value)) => Some(*value),
        _ => None,
    }
}
