//! Words of a prompt's examples and instructions in an answer: small models copy what they were shown.

use super::finding::Finding;
use super::id::CheckId;

/// So many words in a row are no accident.
const RUN: usize = 5;

/// Finds words in a row of one of `frame`, what a prompt says whatever it asks for, in `answer`.
pub fn leak(answer: &str, frame: &[&str]) -> Option<Finding> {
    let answer = words(answer);
    let copied = frame.iter().find_map(|said| {
        let said = words(said);
        let run = said
            .windows(RUN)
            .find(|run| answer.windows(RUN).any(|other| other == *run))?;
        Some(run.join(" "))
    })?;
    Some(Finding::error(
        CheckId::Leak,
        format!("\"{copied}\" comes from the prompt"),
    ))
}

/// The words of a text in lower case, without what stands between them.
fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_an_example_are_noticed() {
        let examples =
            ["“More than 40 percent did not vote,” said Ivan Petrov, 52, elected in 2014."];
        let copied = leak(
            "It cost 238 lives, Ivan Petrov, 52, elected in 2014, said.",
            &examples,
        );
        assert_eq!(copied.unwrap().check, CheckId::Leak);
        assert_eq!(
            leak("More than 81 percent did not vote in 2014.", &examples),
            None
        );
        assert_eq!(leak("Anything", &[]), None);
    }
}
