//! Routes: directly from one language to another, or through English where that promises the better text.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;
use crate::registry::{Catalogue, Figure, Manifest, Task, measured};
use crate::text::Lang;

/// What the user would rather have: an answer soon, or a good one (`--quality`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Tier {
    /// The lightest models that are of use: students, where there are any.
    Fast,
    /// The most promising models, but none that is much heavier for little gain.
    #[default]
    Balanced,
    /// The most promising models, whatever they cost.
    Best,
}

impl Tier {
    const ALL: [Self; 3] = [Self::Fast, Self::Balanced, Self::Best];

    /// How much better a route must promise to be, in BLEU, for each doubling of its work.
    fn price_of_double(self) -> f64 {
        match self {
            Self::Fast => 8.0,
            Self::Balanced => 1.0,
            Self::Best => 0.0,
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Fast => "fast",
            Self::Balanced => "balanced",
            Self::Best => "best",
        })
    }
}

impl FromStr for Tier {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Error::one_of("quality", text, &Self::ALL)
    }
}

/// One translation of a route.
#[derive(Debug, Clone, Copy)]
pub struct Leg<'a> {
    /// Language read.
    pub from: Lang,
    /// Language written.
    pub to: Lang,
    /// The model that does it.
    pub model: &'a Manifest,
}

/// A way from one language to another.
#[derive(Debug, Clone)]
pub struct Route<'a> {
    /// One leg, or two with a pivot between them.
    pub legs: Vec<Leg<'a>>,
    /// What was measured of it as a whole.
    pub figure: Option<&'a Figure>,
    /// The BLEU that the choice reckons with: the figure's, or an estimate.
    expected: f64,
}

impl<'a> Route<'a> {
    /// A route of `legs`, of which [`Manifest::score`] promises `estimate` where nothing was measured.
    fn new(legs: Vec<Leg<'a>>, estimate: f64) -> Self {
        let mut langs: Vec<Lang> = legs.iter().map(|leg| leg.from).collect();
        langs.extend(legs.last().map(|leg| leg.to));
        let models: Vec<&Manifest> = legs.iter().map(|leg| leg.model).collect();
        let figure = measured(&langs, &models);
        Self {
            legs,
            figure,
            expected: figure.map_or(estimate, |figure| figure.bleu),
        }
    }

    /// From one language to another by one model.
    pub fn direct(from: Lang, to: Lang, model: &'a Manifest) -> Self {
        Self::new(vec![Leg { from, to, model }], model.score(Task::Translate))
    }

    /// Bytes of weights that a word meets on its way: what the work is proportional to.
    fn work(&self) -> f64 {
        self.legs.iter().map(|leg| leg.model.size as f64).sum()
    }

    /// Why this route of `all` was taken, in a line: what was measured of it, and of the best of the other kind.
    pub fn reason(&self, all: &[Route<'_>]) -> String {
        let kind = |route: &Route<'_>| match route.legs.len() {
            1 => "direct",
            _ => "through English",
        };
        let own = match self.figure {
            Some(figure) => format!("{}, {figure} ({})", kind(self), figure.set),
            None => format!("{}, not measured", kind(self)),
        };
        match all.iter().find(|other| other.legs.len() != self.legs.len()) {
            Some(other) => match other.figure {
                Some(figure) => format!("{own}; {} it would be {figure} ({other})", kind(other)),
                None => format!("{own}; {} is not measured ({other})", kind(other)),
            },
            None => own,
        }
    }

    /// The ids of its models, each once, in their order.
    pub fn models(&self) -> Vec<&'a str> {
        let mut ids: Vec<&str> = self.legs.iter().map(|leg| leg.model.id.as_str()).collect();
        ids.dedup();
        ids
    }

    /// What a reader must know before anything is translated if this route serves for the gist only, and which of `all`
    /// should do better.
    pub fn gist(&self, all: &[Route<'_>]) -> Option<String> {
        let figure = self.figure.filter(|figure| figure.is_gist())?;
        let (first, last) = (self.legs.first()?, self.legs.last()?);
        let told = format!(
            "{} to {} by {} is for the gist only: expect wrong words in most sentences ({figure} on {})",
            first.from.name(),
            last.to.name(),
            self.models().join(" and "),
            figure.set
        );
        let own = self.models();
        let better = all.iter().find(|other| other.expected > self.expected);
        let Some(better) = better else {
            return Some(told);
        };
        let mut new: Vec<&Manifest> = Vec::new();
        for model in better.legs.iter().map(|leg| leg.model) {
            if !own.contains(&model.id.as_str()) && new.iter().all(|other| other.id != model.id) {
                new.push(model);
            }
        }
        let ids: Vec<&str> = new.iter().map(|model| model.id.as_str()).collect();
        if ids.is_empty() {
            return Some(told);
        }
        let megabytes = new.iter().map(|model| model.size).sum::<u64>() / 1_000_000;
        let basis = match better.figure {
            Some(figure) => figure.to_string(),
            None => "by an estimate".to_string(),
        };
        Some(format!(
            "{told}; {} should do better ({basis}; {megabytes} MB): traghetto models pull {}",
            ids.join(" and "),
            ids.join(" ")
        ))
    }
}

impl fmt::Display for Route<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, leg) in self.legs.iter().enumerate() {
            if i > 0 {
                f.write_str(", then ")?;
            }
            write!(f, "{} → {} by {}", leg.from, leg.to, leg.model.id)?;
        }
        Ok(())
    }
}

/// The language that routes may go through: nearly every model reads and writes it.
const PIVOT: Lang = Lang::EN;

/// What is kept of a text's quality by the second of two translations, whose source is no longer the author's.
const PIVOT_KEEPS: f64 = 0.95;

/// So many times the work is too much to be taken on an estimate alone where something lighter is known to be good.
const MUCH_HEAVIER: f64 = 10.0;

/// A route that promises less than this share of the best one is taken last, however light it is.
const USEFUL: f64 = 0.5;

/// Every route from `from` to `to` by models that `can_run`, the one that suits `tier` best first.
pub fn routes<'a>(
    catalogue: &'a Catalogue,
    from: Lang,
    to: Lang,
    tier: Tier,
    can_run: &dyn Fn(&Manifest) -> bool,
) -> Vec<Route<'a>> {
    let legs = |from: Lang, to: Lang| -> Vec<Leg<'a>> {
        catalogue
            .candidates(Task::Translate, Some(from), to, can_run)
            .into_iter()
            .map(|model| Leg { from, to, model })
            .collect()
    };
    let mut routes: Vec<Route<'a>> = promised(legs(from, to))
        .into_iter()
        .map(|(leg, quality)| Route::new(vec![leg], quality))
        .collect();
    if from != PIVOT && to != PIVOT {
        let onward = promised(legs(PIVOT, to));
        for (first, quality) in promised(legs(from, PIVOT)) {
            for (second, other) in &onward {
                // A chain is as good as its weaker link, and a little worse.
                let estimate = quality.min(*other) * PIVOT_KEEPS;
                routes.push(Route::new(vec![first, *second], estimate));
            }
        }
    }
    let best = routes
        .iter()
        .map(|route| route.expected)
        .fold(0.0, f64::max);
    let worth =
        |route: &Route<'_>| route.expected - tier.price_of_double() * route.work().max(1.0).log2();
    // What lighter routes that were measured are worth.
    let measured: Vec<(f64, f64)> = { routes.iter() }
        .filter(|route| route.figure.is_some_and(|figure| !figure.is_gist()))
        .map(|route| (route.work(), worth(route)))
        .collect();
    let rank = |route: &Route<'_>| {
        let lighter = { measured.iter() }.filter(|(work, _)| work * MUCH_HEAVIER <= route.work());
        // An estimate is no reason to take a much heavier model than one that is known to be good.
        let most = match (route.figure, tier) {
            (Some(_), _) | (_, Tier::Best) => f64::INFINITY,
            (None, _) => lighter
                .map(|(_, worth)| *worth)
                .reduce(f64::max)
                .unwrap_or(f64::INFINITY),
        };
        let useful = route.expected >= USEFUL * best;
        (useful, worth(route).min(most), route.figure.is_some())
    };
    let ranks: Vec<_> = routes.iter().map(rank).collect();
    let mut order: Vec<usize> = (0..routes.len()).collect();
    // A stable sort: of equals the direct route, which was put first, stays first.
    order.sort_by(|&a, &b| {
        let (a, b) = (ranks[a], ranks[b]);
        let by_worth = b.0.cmp(&a.0).then(b.1.total_cmp(&a.1));
        by_worth.then(b.2.cmp(&a.2))
    });
    order.into_iter().map(|at| routes[at].clone()).collect()
}

/// `legs` of one pair of languages, with the BLEU that each promises: what was measured, else the model's estimate, which is
/// one for all pairs. Where measured models fall short of their own estimates the pair is hard, and the estimates of the
/// others are lowered as much: else a model would gain by not being measured.
fn promised<'a>(legs: Vec<Leg<'a>>) -> Vec<(Leg<'a>, f64)> {
    let figure = |leg: &Leg<'a>| Some(measured(&[leg.from, leg.to], &[leg.model])?.bleu);
    let estimate = |leg: &Leg<'a>| leg.model.score(Task::Translate);
    let shares = legs.iter().filter(|leg| estimate(leg) > 0.0);
    let shares = shares.filter_map(|leg| Some(figure(leg)? / estimate(leg)));
    let (sum, count) = shares.fold((0.0, 0), |(sum, count), share| (sum + share, count + 1));
    let ease = match count {
        0 => 1.0,
        _ => f64::min(1.0, sum / f64::from(count)),
    };
    let promise = |leg: Leg<'a>| (leg, figure(&leg).unwrap_or(estimate(&leg) * ease));
    legs.into_iter().map(promise).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::{Architecture, ModelFormat};

    /// The catalogue with a student for Italian to English beside what it has.
    fn catalogue() -> (tempfile::TempDir, Catalogue) {
        let dir = tempfile::tempdir().unwrap();
        let known = Catalogue::load(None).unwrap();
        let mut student = known.get("student-pt-en").unwrap().clone();
        student.id = "mine-it-en".into();
        student.pairs = vec![(Lang::IT, Lang::EN)];
        let quality = student.quality.get_mut(&Task::Translate).unwrap();
        quality.score = 31.0;
        quality.pairs.clear();
        let text = toml::to_string(&student).unwrap();
        std::fs::write(dir.path().join("mine-it-en.toml"), text).unwrap();
        let catalogue = Catalogue::load(Some(dir.path())).unwrap();
        (dir, catalogue)
    }

    fn first(catalogue: &Catalogue, from: Lang, to: Lang, tier: Tier) -> String {
        // Students and chat models in GGUF are enough to show what a tier does.
        let can_run = |model: &Manifest| {
            matches!(model.format, ModelFormat::Gguf | ModelFormat::MarianBinary)
                && !matches!(
                    model.architecture,
                    Architecture::T5 | Architecture::HunyuanDense
                )
                && model.is_within_reach()
        };
        routes(catalogue, from, to, tier, &can_run)[0].to_string()
    }

    #[test]
    fn a_tier_says_what_a_better_text_may_cost() {
        let (_dir, with_student) = catalogue();
        let plain = Catalogue::load(None).unwrap();
        let (it, en, pt) = (Lang::IT, Lang::EN, Lang::PT);
        for tier in Tier::ALL {
            assert_eq!(first(&plain, en, pt, tier), "en → pt by student-en-pt");
            assert_eq!(tier.to_string().parse::<Tier>().unwrap(), tier);
        }
        let light = "it → en by mine-it-en";
        assert_eq!(first(&with_student, it, en, Tier::Fast), light);
        assert_eq!(first(&with_student, it, en, Tier::Balanced), light);
        assert_eq!(
            first(&with_student, it, en, Tier::Best),
            "it → en by qwen3-4b"
        );
        assert_eq!(
            first(&with_student, it, pt, Tier::Fast),
            "it → en by mine-it-en, then en → pt by student-en-pt"
        );
        // Nothing light is of use here: SmolLM2 is, but light.
        assert_eq!(
            first(&plain, it, en, Tier::Fast),
            "it → en by qwen2.5-coder-1.5b"
        );
        assert_eq!(first(&plain, it, en, Tier::Balanced), "it → en by qwen3-4b");
        assert!("Best".parse::<Tier>().is_err());
    }

    #[test]
    fn what_was_measured_decides_and_nothing_else_is_called_a_figure() {
        let catalogue = Catalogue::load(None).unwrap();
        let here =
            |model: &Manifest| ["qwen2.5-coder-1.5b", "student-en-pt"].contains(&model.id.as_str());
        let found = |to| routes(&catalogue, Lang::IT, to, Tier::Balanced, &here);
        // French gains by the detour; German gains less than a second translation costs, Spanish loses.
        for (to, legs, told) in [
            (Lang::FR, 2, "through English, BLEU 19.3, chrF 47.7"),
            (Lang::DE, 1, "direct, BLEU 13.1, chrF 41.5"),
            (Lang::ES, 1, "direct, BLEU 17.9, chrF 46.1"),
            (Lang::PT, 2, "through English, BLEU 24.2, chrF 52.9"),
        ] {
            let all = found(to);
            assert_eq!(all[0].legs.len(), legs, "{}", all[0]);
            let reason = all[0].reason(&all);
            assert!(reason.starts_with(told), "{reason}");
            assert_eq!(all[0].gist(&all).is_some(), to != Lang::PT, "{to}");
        }
        let all = routes(&catalogue, Lang::FR, Lang::DE, Tier::Balanced, &here);
        assert_eq!(
            all[0].reason(&all),
            "direct, not measured; through English is not measured (fr → en by \
             qwen2.5-coder-1.5b, then en → de by qwen2.5-coder-1.5b)"
        );
        assert_eq!(all[0].gist(&all), None);
    }

    #[test]
    fn a_model_gains_nothing_by_not_being_measured() {
        let catalogue = Catalogue::load(None).unwrap();
        let here = |model: &Manifest| model.id.starts_with("qwen2.5-coder");
        for to in [Lang::DE, Lang::ES, Lang::FR, Lang::EN] {
            let all = routes(&catalogue, Lang::IT, to, Tier::Balanced, &here);
            assert_eq!(all[0].models(), ["qwen2.5-coder-1.5b"], "{to}");
        }
    }

    #[test]
    fn a_gist_names_what_should_do_better() {
        let catalogue = Catalogue::load(None).unwrap();
        let all = routes(&catalogue, Lang::IT, Lang::DE, Tier::Balanced, &|model| {
            ["qwen2.5-coder-1.5b", "opus-mt-it-de"].contains(&model.id.as_str())
        });
        let model = catalogue.get("qwen2.5-coder-1.5b").unwrap();
        let told = Route::direct(Lang::IT, Lang::DE, model).gist(&all).unwrap();
        assert_eq!(
            told,
            "Italian to German by qwen2.5-coder-1.5b is for the gist only: expect wrong words in most \
             sentences (BLEU 13.1, chrF 41.5 on FLORES-dev, lines 1 to 60); opus-mt-it-de should do \
             better (by an estimate; 310 MB): traghetto models pull opus-mt-it-de"
        );
    }
}
