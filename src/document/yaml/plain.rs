//! What a plain scalar is, where all readers of YAML agree.

/// What a plain (unquoted) scalar stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plain {
    Null,
    Bool(bool),
    Int(i64),
    Time,
    Text,
    Ambiguous(Ambiguity),
}

/// Why readers of YAML 1.1, YAML 1.2 and their many variants disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ambiguity {
    Bool(bool),
    Null,
    Number,
    TooLarge,
    Special,
}

pub(super) fn classify(text: &str) -> Plain {
    match text {
        "" | "null" => return Plain::Null,
        "true" => return Plain::Bool(true),
        "false" => return Plain::Bool(false),
        "~" => return Plain::Ambiguous(Ambiguity::Null),
        "=" | "<<" => return Plain::Ambiguous(Ambiguity::Special),
        _ => {}
    }
    if let Some(ambiguity) = word(text) {
        return Plain::Ambiguous(ambiguity);
    }
    // Most scalars are words and end here.
    if !text.starts_with(|first: char| is_digit(first) || "+-.".contains(first)) {
        return Plain::Text;
    }
    if is_int(text) {
        return text.parse().map_or(Plain::Ambiguous(Ambiguity::TooLarge), Plain::Int);
    }
    if is_number_to_some(text) {
        return Plain::Ambiguous(Ambiguity::Number);
    }
    if is_time(text) { Plain::Time } else { Plain::Text }
}

impl Ambiguity {
    /// The message and the help about a scalar.
    pub(super) fn describe(self, text: &str) -> (String, String) {
        let quote = format!("write `\"{text}\"` in quotes if it is text");
        match self {
            Ambiguity::Bool(value) => (
                format!("`{text}` means {value} to some readers of YAML and is text to others"),
                format!("{quote}, `{value}` if it is not"),
            ),
            Ambiguity::Null => (
                format!("`{text}` means no value to some readers of YAML and is text to others"),
                format!("{quote}; leave the line out if there is no value"),
            ),
            Ambiguity::Number => (
                format!("readers of YAML disagree about which number `{text}` is, or whether it is text"),
                format!("{quote}; write a number as plain digits"),
            ),
            Ambiguity::TooLarge => (format!("`{text}` is beyond what an int can hold"), quote),
            Ambiguity::Special => {
                (format!("`{text}` has a meaning of its own to some readers of YAML"), quote)
            }
        }
    }
}

/// The words of YAML 1.1, in whatever case.
fn word(text: &str) -> Option<Ambiguity> {
    if text.len() > "false".len() {
        return None;
    }
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    if ["y", "yes", "on", "true"].into_iter().any(is) {
        return Some(Ambiguity::Bool(true));
    }
    if ["n", "no", "off", "false"].into_iter().any(is) {
        return Some(Ambiguity::Bool(false));
    }
    is("null").then_some(Ambiguity::Null)
}

fn is_int(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let canonical = text == "0" || !digits.starts_with('0');
    canonical && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether some reader takes it for a number that [`is_int`] does not: signs, other bases, underscores, fractions,
/// exponents, base 60, infinities.
fn is_number_to_some(text: &str) -> bool {
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    if [".inf", ".nan"].into_iter().any(|word| body.eq_ignore_ascii_case(word)) {
        return true;
    }
    let based = |prefixes: [&str; 2], is_digit: fn(&u8) -> bool| {
        prefixes
            .into_iter()
            .filter_map(|prefix| body.strip_prefix(prefix))
            .any(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte == b'_' || is_digit(&byte)))
    };
    based(["0x", "0X"], u8::is_ascii_hexdigit)
        || based(["0o", "0O"], u8::is_ascii_digit)
        || based(["0b", "0B"], u8::is_ascii_digit)
        || is_decimal(body)
        || is_base_60(body)
}

/// `1_000`, `1.5`, `.5`, `5.`, `1e3`.
fn is_decimal(body: &str) -> bool {
    let (mantissa, exponent) = match body.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.strip_prefix(['+', '-']).unwrap_or(exponent)),
        None => (body, "0"),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let starts = whole.starts_with(is_digit) || (whole.is_empty() && fraction.starts_with(is_digit));
    starts && is_digits(whole) && is_digits(fraction) && !exponent.is_empty() && is_digits(exponent)
}

/// `22:22`, `1:30:00.5`.
fn is_base_60(body: &str) -> bool {
    let (body, fraction) = body.split_once('.').unwrap_or((body, ""));
    let Some((first, rest)) = body.split_once(':') else { return false };
    let sixtieth = |part: &str| (1..=2).contains(&part.len()) && part.chars().all(is_digit);
    first.starts_with(is_digit) && is_digits(first) && rest.split(':').all(sixtieth) && is_digits(fraction)
}

/// `2026-11-01`, and that with a time of the day.
fn is_time(text: &str) -> bool {
    let (date, time) = match text.find(['T', 't', ' ', '\t']) {
        Some(end) => text.split_at(end),
        None => (text, ""),
    };
    let is_number = |part: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&part.len()) && part.chars().all(is_digit)
    };
    let mut parts = date.split('-');
    let year = parts.next().is_some_and(|year| is_number(year, 4..=4));
    let rest = parts.by_ref().take(2).filter(|part| is_number(part, 1..=2)).count();
    let time = time.trim_start_matches(['T', 't', ' ', '\t']);
    year && rest == 2 && parts.next().is_none() && (time.is_empty() || time.starts_with(is_digit))
}

fn is_digits(text: &str) -> bool {
    text.chars().all(|character| is_digit(character) || character == '_')
}

fn is_digit(character: char) -> bool {
    character.is_ascii_digit()
}
