//! A model's terms of use.

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// On which terms a model may be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// SPDX identifier where there is one, otherwise the licence's own name.
    pub id: String,
    /// Where its text can be read.
    #[serde(default)]
    pub url: Option<String>,
    /// Whether commercial use is allowed.
    pub commercial: bool,
    /// Territories that the licence excludes or is limited to, in words.
    #[serde(default)]
    pub territory: Option<String>,
    /// Whether the Hub gives the files only to accounts that accepted the terms.
    #[serde(default)]
    pub gated: bool,
    /// What else a user should know.
    #[serde(default)]
    pub note: Option<String>,
}

/// Reads a licence, or its name alone.
pub(super) fn name_or_terms<'de, D: Deserializer<'de>>(reader: D) -> Result<Licence, D::Error> {
    struct NameOrTerms;

    impl<'de> Visitor<'de> for NameOrTerms {
        type Value = Licence;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a licence's name or a table of its terms")
        }

        fn visit_str<E>(self, name: &str) -> Result<Licence, E> {
            Ok(Licence::named(Some(name.to_owned())))
        }

        fn visit_map<A: MapAccess<'de>>(self, terms: A) -> Result<Licence, A::Error> {
            Licence::deserialize(MapAccessDeserializer::new(terms))
        }
    }

    reader.deserialize_any(NameOrTerms)
}

impl Licence {
    /// Whether a person must accept it before the model is fetched: it forbids commercial use or excludes territories.
    pub fn needs_acceptance(&self) -> bool {
        !self.commercial || self.territory.is_some()
    }

    /// Whether the model may be chosen without the user having named it.
    pub fn allows_default(&self) -> bool {
        !self.needs_acceptance() && !self.gated
    }

    /// What a bare licence name tells; the Hub writes Creative Commons names like `cc-by-nc-4.0`.
    pub(super) fn named(name: Option<String>) -> Self {
        let id = name.unwrap_or_else(|| "unknown".to_owned());
        let lower = id.to_lowercase();
        let parts: Vec<&str> = lower.split(['-', '_', ' ']).collect();
        let commercial = !parts.contains(&"nc")
            && !parts.contains(&"noncommercial")
            && !lower.contains("non-commercial");
        Self {
            id,
            url: None,
            commercial,
            territory: None,
            gated: false,
            note: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_non_commercial_licence_is_recognised_by_its_name() {
        assert!(!Licence::named(Some("cc-by-nc-4.0".to_owned())).commercial);
        assert!(Licence::named(Some("apache-2.0".to_owned())).commercial);
    }
}
