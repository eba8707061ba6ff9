//! The negative words of the six languages.

use crate::checks::words::LANGS;
use crate::text::Lang;

/// The negative words of a language.
pub(super) struct Words {
    /// A plain negation: it turns the sentence round.
    pub plain: &'static str,
    /// Anything else with a "no" in it; stems end in `*`.
    pub other: &'static str,
}

pub(super) fn words(lang: Lang) -> Option<Words> {
    let (plain, other) = match lang {
        Lang::IT => (
            "non mai nessuno nessun nessuna né senza niente nulla neanche nemmeno neppure mica",
            "no fuori incomprens* impossibil* incapac* esclu* eccetto tranne salvo finché fino invece anziché assen* inutil* \
             insufficien* inadeguat* incert* indipenden* invisibil* illegal* irregolar* sconosciut* disoccup* \
             disabil* fallit* fallì smett* smesso ignor* estint* oltre illes* insaputa gratuit* vuot* nullo \
             sottovalut* cieco cieca ciechi",
        ),
        Lang::EN => (
            "not never no nobody nothing none neither nor without cannot nowhere",
            "t non outside unm* undis* blind empty una* unb* unc* une* unf* unh* unk* unl* unn* unp* unr* uns* unu* unw* \
             *less fail* exclu* except rarely seldom until unless rather instead miss* ignor* stop* away free \
             absen* minimal difficult* beyond yet impossib* incapab* inab* insuff* inadequ* inaccur* independ* \
             invisib* illegal* illiter* irregul* disab* disagree* far anything anyone any earliest",
        ),
        Lang::FR => (
            "ne n pas jamais aucun aucune rien personne sans ni nulle nul",
            "non au_plus_tôt impossible* incapable* exclu* sauf rarement difficile* difficilement échou* ignor* \
             avant hors absen* plutôt inutil* inconnu* insuffis* indépend* illégal* irrégul* pas",
        ),
        Lang::DE => (
            "nicht nie niemals kein keine keinen keinem keiner keines nichts niemand ohne weder nirgends",
            "nein frühestens außerhalb un* *los *lose *losen *loser *loses *frei anders ausgeschlossen* außer statt sondern \
             miss* keinerlei keineswegs scheiter* schwer*",
        ),
        Lang::ES => (
            "no nunca jamás nadie nada ningún ninguno ninguna sin ni tampoco",
            "como_pronto imposible* incapa* exclu* excepto salvo difícil* fracas* ignor* hasta fuera ausen* sino \
             vez inútil* insuficien* inadecuad* independ* invisib* ilegal* irregular* desconoc*",
        ),
        Lang::PT => (
            "não nunca jamais ninguém nada nenhum nenhuma sem nem",
            "mais_cedo intransf* impossíve* incapa* exclu* exceto salvo difíc* fracass* ignor* até fora ausên* ausen* vez \
             tampouco deix* inútil* insuficien* inadequad* independ* invisí* ilegal* irregular* desconhec* vazi* \
             gratuit* iles*",
        ),
        _ => return None,
    };
    Some(Words { plain, other })
}

/// Verbs and turns that do a negation's work, in the order of [`LANGS`]; `_` joins words in a row. One on the other side
/// only is where a negation went: "went without" is "a renoncé à", "lost" is no excuse where both sides have it.
pub(super) const TURNS: [[&str; LANGS.len()]; 20] = [
    // Less.
    [
        "meno",
        "less fewer least",
        "moins",
        "weniger",
        "menos",
        "menos",
    ],
    // Only.
    [
        "solo soltanto appena",
        "only",
        "seulement seul",
        "nur",
        "solo sólo",
        "só somente apenas",
    ],
    // Few, hardly.
    [
        "poco poca pochi poche difficilmente rar*",
        "few little hardly barely scarcely rare*",
        "peu rare*",
        "kaum selten wenig wenige wenigen weniges",
        "poco poca pocos pocas apenas rar*",
        "pouco pouca poucos poucas rar*",
    ],
    // Against.
    [
        "contro oppos*",
        "against oppos*",
        "contre oppos*",
        "gegen opposition*",
        "contra opos* opon*",
        "contra opos* opõ*",
    ],
    // To lack.
    [
        "manc* priv* privo",
        "lack*",
        "manqu* priv*",
        "fehl* mangel*",
        "falt* priv* carec*",
        "falt* priv* carec*",
    ],
    // To avoid.
    [
        "evit* imped*",
        "avoid* prevent*",
        "évit* empêch*",
        "verhinder* vermeid*",
        "evit* imped*",
        "evit* imped*",
    ],
    // To ban.
    [
        "vieta* vietat* proib*",
        "ban banned forbid* prohibit*",
        "interdi*",
        "verbot* verbiet*",
        "prohib*",
        "proib*",
    ],
    // To lose.
    [
        "perd* perso persa persi perse perdit*",
        "los* lost",
        "perdu* perd* perte*",
        "verlor* verlier* verlust*",
        "perd* pérdid* pierd*",
        "perd*",
    ],
    // To do without.
    [
        "rinunc* lasci*",
        "forgo* forwent waive* give_up gave_up given_up giving_up skip* drop*",
        "renonc* abandonn*",
        "verzicht* aufgegeben*",
        "renunci* prescind* abandon*",
        "renunci* abdic* dispens* abandon*",
    ],
    // To close.
    [
        "chius* chiud*",
        "clos* shut* barred bar",
        "ferm*",
        "gesperr* sperr* schließ* geschlossen* geschloss*",
        "cerr* cierr*",
        "fech* encerr*",
    ],
    // To cut off.
    [
        "tagli* interromp* interrott*",
        "cut* knock* interrupt*",
        "coup* interromp*",
        "abgeschnitt* unterbroch* gekappt* ausgefall* ausfall*",
        "cort* interrump*",
        "cort* interromp*",
    ],
    // To wait: "not until".
    [
        "aspett* attend* solo",
        "wait*",
        "attend* seulement",
        "wart* erst",
        "esper* solo sólo",
        "esper* aguard* só",
    ],
    // For the first time since.
    [
        "prima_volta",
        "first_time",
        "première_fois",
        "erstmals ersten_mal erste_mal erstmal",
        "primera_vez",
        "primeira_vez",
    ],
    // To call off.
    [
        "annull* cancell* abort*",
        "abort* cancel* call_off called_off",
        "annul* abandonn*",
        "abgebroch* abgesagt* annull* abbruch",
        "cancel* abort* suspend* anul*",
        "cancel* abort* suspen* anul*",
    ],
    // To refuse.
    [
        "rifiut* respin*",
        "refus* reject* declin*",
        "refus* rejet*",
        "weiger* verweiger* abgelehnt* lehn*",
        "rechaz* neg*",
        "recus* rejeit*",
    ],
    // To stay as it was.
    [
        "invariat* immutat* inalterat*",
        "unchanged still_the_same",
        "inchangé*",
        "unverändert*",
        "invariab* inalterad*",
        "inalterad* inalteráv*",
    ],
    // To keep out.
    [
        "indisponibil*",
        "rule_out ruled_out rules_out ruling_out ruling_him_out ruling_her_out ruling_them_out keep_out kept_out",
        "forfait",
        "ausgeschieden*",
        "descart*",
        "desfal*",
    ],
    // Still to be done.
    [
        "deve_ancora devono_ancora doveva_ancora dovevano_ancora resta_da restano_da",
        "still_to still_have_to still_has_to",
        "doit_encore doivent_encore reste_à restent_à",
        "muss_noch müssen_noch musste_noch mussten_noch steht_noch stehen_noch",
        "aún_debe* todavía_debe* debe_aún deben_aún queda_por quedan_por",
        "ainda_deve* ainda_precisa* ainda_tem ainda_têm ainda_falta*",
    ],
    DENY,
    FAIL,
];

/// "But", in the order of [`LANGS`].
pub(super) const BUT: [&str; LANGS.len()] = [
    "ma però tuttavia bensì anche",
    "but",
    "mais cependant pourtant toutefois",
    "aber doch jedoch allerdings sondern",
    "pero sino aunque embargo",
    "mas porém contudo",
];

/// To deny.
pub(super) const DENY: [&str; LANGS.len()] = [
    "smenti* nega negano negato negata negati negate negò negare negando contradd* confut*",
    "deny denie* denying denial* contradict* refut* disprov* rebut*",
    "nie nié niée niés niées nia nient nier démenti* démentent contest* contredi* réfut*",
    "bestritt* bestreit* dementier* leugne* abgestritten* widersprech* widersprach* widersprich* widerspruch* widerleg*",
    "negó niega* negaron negar negado desmiente* desmint* contradi* refut*",
    "negou nega negam negaram negar negado desment* desmin* contradi* refut*",
];

/// Not to do what was due.
pub(super) const FAIL: [&str; LANGS.len()] = [
    "omess* mancato_di omett* trascurato_di",
    "fail_to failed_to failing_to fails_to neglected_to",
    "omis omettr* manqué_de négligé_de",
    "versäum* unterlass* unterließ*",
    "omit* olvid* incumpl*",
    "deixou_de deixar_de deixaram_de omit*",
];

/// "None" and "all", in the order of [`LANGS`].
pub(super) const QUANTIFIERS: [(&str, &str); LANGS.len()] = [
    ("nessun nessuno nessuna", "tutti tutte tutto tutta ogni"),
    (
        "none nobody neither",
        "all every everyone everybody both each",
    ),
    ("aucun aucune personne", "tous toutes tout toute chaque"),
    (
        "kein keine keiner keines keinen keinem niemand",
        "alle allen aller jeder jede jedes sämtlich*",
    ),
    ("ningún ninguno ninguna nadie", "todos todas todo toda cada"),
    ("nenhum nenhuma ninguém", "todos todas todo toda cada"),
];
