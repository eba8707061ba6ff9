//! As much of JSON Schema as `report.schema.json` uses. A keyword that isn't known here fails, and so does a property
//! that the schema doesn't describe: what is not written down is not documented.

use regex::Regex;
use serde_json::Value;

/// What is wrong with `value`, each with its place.
pub fn violations(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, schema, value, "$", &mut found);
    found
}

/// Whether a value is of the type of this name.
fn is(value: &Value, name: &Value) -> bool {
    match name.as_str().unwrap() {
        "string" => value.is_string(),
        "null" => value.is_null(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("unknown type {other}"),
    }
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let mut own = Vec::new();
    let mut wrong = |what: String| own.push(format!("{at}: {what}"));
    let number = |limit: &Value| (value.as_f64(), limit.as_f64().unwrap());
    for (keyword, rule) in schema.as_object().unwrap() {
        match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" => {}
            "$ref" => {
                let pointer = rule.as_str().unwrap().strip_prefix('#').unwrap();
                let target = root.pointer(pointer).unwrap_or_else(|| panic!("{rule}"));
                return check(root, target, value, at, found);
            }
            "const" if value != rule => wrong(format!("{value} is not {rule}")),
            "const" => {}
            "enum" if !rule.as_array().unwrap().contains(value) => {
                wrong(format!("{value} is not one of {rule}"));
            }
            "enum" => {}
            "type" => {
                let fits = match rule {
                    Value::Array(names) => names.iter().any(|name| is(value, name)),
                    name => is(value, name),
                };
                if !fits {
                    wrong(format!("{value} is no {rule}"));
                }
            }
            "minimum" => match number(rule) {
                (Some(value), least) if value < least => wrong(format!("{value} < {least}")),
                _ => {}
            },
            "maximum" => match number(rule) {
                (Some(value), most) if value > most => wrong(format!("{value} > {most}")),
                _ => {}
            },
            "minItems" | "maxItems" => {
                let limit = rule.as_u64().unwrap() as usize;
                let len = value.as_array().map_or(limit, Vec::len);
                if keyword == "minItems" && len < limit || keyword == "maxItems" && len > limit {
                    wrong(format!("{len} items"));
                }
            }
            "pattern" => {
                let pattern = Regex::new(rule.as_str().unwrap()).unwrap();
                if value.as_str().is_some_and(|text| !pattern.is_match(text)) {
                    wrong(format!("{value} doesn't match {rule}"));
                }
            }
            "required" => {
                for name in rule.as_array().unwrap() {
                    if value.is_object() && value.get(name.as_str().unwrap()).is_none() {
                        wrong(format!("{name} is missing"));
                    }
                }
            }
            "properties" => {
                for (name, inner) in value.as_object().into_iter().flatten() {
                    match rule.get(name) {
                        Some(schema) => check(root, schema, inner, &format!("{at}.{name}"), found),
                        None => found.push(format!("{at}: {name} is not documented")),
                    }
                }
            }
            "items" => {
                for (i, inner) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, rule, inner, &format!("{at}[{i}]"), found);
                }
            }
            other => panic!("the keyword {other} is not known"),
        }
    }
    found.extend(own);
}

#[test]
fn the_validator_can_fail() {
    let schema: Value = serde_json::from_str(
        r##"{"type": "object", "required": ["a"], "properties": {
            "a": {"$ref": "#/$defs/n"}, "b": {"type": "array", "items": {"enum": ["x"]}},
            "c": {"type": ["string", "null"], "pattern": "^x"}},
            "$defs": {"n": {"type": "integer", "minimum": 0, "maximum": 9}}}"##,
    )
    .unwrap();
    let wrong = |text: &str| violations(&schema, &serde_json::from_str(text).unwrap()).len();
    assert_eq!(wrong(r#"{"a": 1, "b": ["x"], "c": null}"#), 0);
    for text in [
        "3",
        "{}",
        r#"{"a": -1}"#,
        r#"{"a": 10}"#,
        r#"{"a": 1.5}"#,
        r#"{"a": 1, "b": ["y"]}"#,
        r#"{"a": 1, "c": "y"}"#,
        r#"{"a": 1, "d": 2}"#,
    ] {
        assert_eq!(wrong(text), 1, "{text}");
    }
}
