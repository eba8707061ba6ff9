//! Words that end in a full stop without ending the sentence, by language. All in lower case, without the last stop.
//! "ecc." and the like need no entry: before a small letter no sentence ends anyway, and before a capital one they do
//! end theirs.

use super::Lang;

/// How an abbreviation behaves before a word with a capital letter or before a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Abbreviation {
    /// Something always follows it: a title before a name, "for example".
    Joins,
    /// Belongs to a number that follows; before anything else it's an ordinary word.
    BeforeNumber,
    /// Stands within a sentence or ends it: the next word decides.
    Either,
}

/// The lists of one language, words separated by white space.
struct Lists {
    joins: &'static str,
    before_number: &'static str,
    either: &'static str,
    /// Words that, with a capital letter, most likely start a sentence rather than continue one.
    starters: &'static str,
}

/// Holds for every language, and alone for one without lists of its own.
const COMMON: Lists = Lists {
    joins: "dr st prof mr mrs ms mons vs e.g i.e cf p.s",
    before_number: "art n nr no nn num p pp fig cap vol vv v t ed tab ch",
    either: "jr sr inc ltd co corp bros ph.d",
    starters: "",
};

const IT: Lists = Lists {
    joins: "dott dr dr.ssa dott.ssa prof prof.ssa sig sigg sig.ra sig.na sig.ri avv ing arch geom rag on onn sen sen.ri \
            egr gent gent.mo gent.ma ill.mo spett preg rev mons card cav comm uff gen col magg cap ten serg mar \
            amm brig isp min s ss san st d f.lli es p.es ad.es cfr v vd ved c.d cd cosid artt nn reg proc \
            d.l d.lgs d.p.r d.m d.p.c.m l.r lett segg ss.mm seg sez dir resp pres segr fraz loc prov p.zza \
            v.le c.so l.go str int tel cell racc fasc ult u.s all rif prot trad ediz tr vs sec scil",
    before_number: "art n nr num nro p pp pag pagg cap capp vol voll fig figg tab tav par parr \
            gennaio genn febbr apr lug ago sett ott nov dic",
    either: "a.c d.c s.p.a spa s.r.l srl s.n.c s.a.s a.m p.m u.e o.n.u u.s.a",
    starters: "il lo la i gli le l un uno una nel nella nello nei negli nelle al allo alla ai agli alle dal dalla del \
            della dei con per tra fra su sul sulla in a da di ma e ed o se non che chi come quando quanto dove \
            perché poi così anche ancora dopo prima intanto infine inoltre tuttavia questo questa questi queste quello \
            quella quelli lui lei loro noi voi io tu si ci è era sono ha hanno aveva secondo durante oggi ieri domani",
};

const EN: Lists = Lists {
    joins: "dr mr mrs ms messrs mx prof rev hon fr gen col lt capt cmdr sgt maj cpl adm gov sen rep pres supt \
            st ste mt ft vs v e.g i.e cf viz approx incl esp eds trans",
    before_number: "no nos p pp vol vols fig figs ch chs sec art arts para paras ed tab c ca \
            jan feb mar apr jun jul aug sep sept oct nov dec",
    either: "jr sr inc ltd co corp bros plc llc al a.m p.m u.s u.k u.n e.u d.c b.c a.d ph.d m.d b.a m.a ave blvd rd \
            dept est",
    starters: "the a an this that these those it its he she they we you i his her their our my your in on at by for from \
            with as but and or if when while where what who why how there here then after before however although \
            because since some many most all both each every no not one two is are was were do does did so yet",
};

const PT: Lists = Lists {
    joins: "dr dra drs drª sr sra srs sras srta exmo exma ilmo ilma prof profª profa eng enga arq adv dep des min gen cel \
            cap maj sgt ten alm sto sta s d pe fr rev mons av al r pça trav ex p.ex v.g cf c.f vs cit col ed org orgs \
            trad coord aprox",
    before_number: "art arts n nº nr núm num p pp pág págs cap caps vol vols fig figs tab inc par séc tel \
            jan fev mar abr mai jun jul ago set out nov dez",
    either: "a.c d.c s.a ltda cia jr lda e.u.a eua a.m p.m u.e",
    starters: "o a os as um uma uns umas no na nos nas ao à aos às do da dos das de em por para com sem sob sobre entre e \
            mas ou se não que quem como quando onde porque pois então também ainda depois antes já este esta estes \
            estas esse essa isso isto aquele aquela ele ela eles elas eu nós você vocês é era são foi foram há segundo \
            durante hoje ontem amanhã",
};

const ES: Lists = Lists {
    joins: "dr dra dres sr sra sres srta srs d dª dña da prof profa ing arq lic abg gral gen cnel cap tte sgto alm mons \
            fr sto sta s ss ntra excmo excma ilmo ilma ud uds vd vds av avda c p.ej p.e ej cf cfr vs v.gr aprox cit \
            coord ed eds trad dir ee",
    before_number: "art arts n nº núm num nro p pp pág págs cap caps vol vols fig figs tab párr tel s.s \
            ene feb mar abr may jun jul ago sep sept oct nov dic",
    either: "a.c d.c s.a s.l ee.uu ff.aa jr cía a.m p.m u.e a.d",
    starters: "el la los las lo un una unos unas en al del de con por para sin sobre entre tras y e o u pero si no que \
            quien como cuando donde porque pues entonces también además aún todavía después antes ya este esta estos \
            estas ese esa eso esto aquel aquella él ella ellos ellas yo nosotros usted ustedes es era son fue fueron \
            ha han había según durante hoy ayer mañana",
};

const FR: Lists = Lists {
    joins: "m mm mme mmes mlle mlles dr drs pr prof me mes mgr st ste sts stes gén col lt cdt av bd boul ex p.ex cf \
            c.-à-d c.à.d vs éd coll dir trad env apr av",
    before_number: "art n no nos nº num p pp pag chap vol fig tab al par t ch tél \
            janv févr fév avr juil sept oct nov déc",
    either: "j.-c s.a sarl jr cie n.b a.m p.m",
    starters: "le la les l un une des du de d au aux en dans par pour avec sans sous sur entre vers chez et mais ou où donc \
            or ni car si ne que qui quoi quand comme comment pourquoi alors aussi encore puis après avant déjà ce cet \
            cette ces il elle ils elles on nous vous je tu c est était sont a ont avait selon pendant hier demain",
};

const DE: Lists = Lists {
    joins: "dr prof hr fr frl hrn herrn dipl ing med phil jur dr.-ing dipl.-ing st sankt bspw z.b d.h u.a v.a i.d.r i.a \
            s.o s.u o.ä o.g bzw bzgl ca evtl ggf inkl exkl vgl vs zzgl abs gem gen hl mind insb insbes sog str \
            univ allg eigtl ehem gegr geb gest verh kath ev lat griech frz engl dt österr schweiz gez i.v i.s i.h.v",
    before_number: "art nr nrn s ss bd bde abb tab kap ziff rn tel fig anm \
            jan feb mär apr jun jul aug sep sept okt nov dez",
    either: "u.s.w v.chr n.chr a.g jr co",
    starters: "der die das den dem des ein eine einen einem einer eines im in am an auf aus bei mit nach von vom vor zu zum \
            zur für über unter und oder aber doch denn wenn als ob dass weil wie wo wer was warum wann da dann so auch \
            noch nicht er sie es wir ihr ich du man dies diese dieser dieses jener seine ihre ist sind war waren hat \
            haben hatte wird wurde nun heute gestern morgen laut",
};

fn of(lang: Option<Lang>) -> &'static Lists {
    match lang {
        Some(Lang::IT) => &IT,
        Some(Lang::EN) => &EN,
        Some(Lang::PT) => &PT,
        Some(Lang::ES) => &ES,
        Some(Lang::FR) => &FR,
        Some(Lang::DE) => &DE,
        _ => &COMMON,
    }
}

fn has(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|entry| entry == word)
}

/// What `word` (lower case, without its last full stop) is in `lang`, if it's an abbreviation.
pub(super) fn look_up(word: &str, lang: Option<Lang>) -> Option<Abbreviation> {
    [of(lang), &COMMON].into_iter().find_map(|lists| {
        if has(lists.either, word) {
            Some(Abbreviation::Either)
        } else if has(lists.joins, word) {
            Some(Abbreviation::Joins)
        } else if has(lists.before_number, word) {
            Some(Abbreviation::BeforeNumber)
        } else {
            None
        }
    })
}

/// Whether `word` (lower case) usually starts a sentence of `lang` when it has a capital letter.
pub(super) fn starts_sentences(word: &str, lang: Option<Lang>) -> bool {
    has(of(lang).starters, word)
}
