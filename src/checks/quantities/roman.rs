//! Roman numerals.

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

    #[test]
    fn roman_numerals() {
        assert_eq!(roman("XIV"), Some(14.0));
        assert_eq!(roman("MCMXCIX"), Some(1999.0));
        for bad in ["", "IIII", "VX", "IC", "XIVa", "iv"] {
            assert_eq!(roman(bad), None, "{bad}");
        }
    }
}
