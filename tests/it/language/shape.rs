//! Conditions as texts, with their shape made visible.

use portcullis::language::policy::{Comparison, Expr, Operand, Party, Policy};

/// A condition with its shape made visible by parentheses.
pub(super) fn shape(policy: &Policy, expr: &Expr) -> String {
    let joined = |parts: &[Expr], word: &str| {
        let parts: Vec<String> = parts.iter().map(|part| shape(policy, part)).collect();
        format!("({})", parts.join(word))
    };
    match expr {
        Expr::Literal(value) => value.to_string(),
        Expr::Not(part) => format!("not {}", shape(policy, part)),
        Expr::And(parts) => joined(parts, " and "),
        Expr::Or(parts) => joined(parts, " or "),
        Expr::Truth(operand) => operand_text(operand),
        Expr::Compare(comparison, left, right) => {
            let sign = match comparison {
                Comparison::Equal => "==",
                Comparison::NotEqual => "!=",
                Comparison::Less => "<",
                Comparison::LessOrEqual => "<=",
                Comparison::Greater => ">",
                Comparison::GreaterOrEqual => ">=",
            };
            format!("[{} {sign} {}]", operand_text(left), operand_text(right))
        }
        Expr::Member(left, right) => format!("[{} member {}]", operand_text(left), operand_text(right)),
        Expr::Sets(relation, left, right) => {
            format!("[{} {relation:?} {}]", operand_text(left), operand_text(right))
        }
        Expr::Within(left, right) => format!("[{} within {}]", operand_text(left), operand_text(right)),
        Expr::Address(operand, networks) => {
            format!("[{} address {}]", operand_text(operand), policy.networks.row(*networks).name)
        }
        Expr::InNetwork(left, right) => {
            format!("[{} in network {}]", operand_text(left), operand_text(right))
        }
        Expr::Like(operand, glob) => format!("[{} like {}]", operand_text(operand), glob.text()),
        Expr::Matches(operand, pattern) => format!("[{} matches {}]", operand_text(operand), pattern.text()),
        Expr::Quantified(one) => {
            let (set, body) = (operand_text(&one.set), shape(policy, &one.body));
            format!("{:?} {} in {set}: {body}", one.quantifier, one.variable)
        }
        Expr::Open(window) => format!("[open {}]", policy.windows.row(*window).name),
        Expr::Has(path) => format!("[has {}]", path.text),
        Expr::Is(party, ty) => format!("[{party:?} is {}]", policy.schema.types.row(*ty).name),
    }
}

fn operand_text(operand: &Operand) -> String {
    match operand {
        Operand::Literal(value) => format!("{value:?}"),
        Operand::Now => "now".to_owned(),
        Operand::WallClock(part, zone) => format!("{part:?}({})", zone.name()),
        Operand::NowAnd(operator, duration) => format!("(now {operator:?} {})", operand_text(duration)),
        Operand::Arithmetic(first, rest) => {
            let rest: Vec<String> =
                rest.iter().map(|(operator, part)| format!(" {operator:?} {}", operand_text(part))).collect();
            format!("({}{})", operand_text(first), rest.concat())
        }
        Operand::Combined(first, rest) => {
            let rest: Vec<String> =
                rest.iter().map(|(operator, part)| format!(" {operator:?} {}", operand_text(part))).collect();
            format!("({}{})", operand_text(first), rest.concat())
        }
        Operand::Party(Party::Subject) => "subject".to_owned(),
        Operand::Party(Party::Resource) => "resource".to_owned(),
        Operand::Path(path) => path.text.to_string(),
        Operand::Variable(number, name) => format!("{name}#{number}"),
        Operand::OrElse(path, value) => format!("{} else {value:?}", path.text),
    }
}
