//! What a generated policy set declares, as policies write it.

use std::fmt::Write as _;

use fastrand::Rng;

use super::vocabulary::{Attribute, EntityType, Kind, Package, Placement};

impl Package {
    /// The declarations, without roles and rules.
    pub(super) fn text(&self, rng: &mut Rng) -> String {
        let mut text = format!("/// Made up.\npackage {}\n\n", self.name);
        for import in &self.imports {
            let _ = writeln!(text, "import {import}");
        }
        for ty in &self.types {
            type_text(&mut text, rng, ty);
        }
        if !self.organization.is_empty() {
            let _ =
                writeln!(text, "organization {{ {} }}", attribute_texts(rng, &self.organization, self.name));
        }
        if !self.context.is_empty() {
            let _ = writeln!(text, "context {{ {} }}", attribute_texts(rng, &self.context, self.name));
        }
        if !self.action.is_empty() {
            let _ = writeln!(text, "action {{ {} }}", attribute_texts(rng, &self.action, self.name));
        }
        for (number, network) in self.networks.iter().enumerate() {
            let _ = writeln!(text, "{}network n{number} = {network}", annotation(rng));
        }
        for (name, window) in &self.windows {
            let _ = writeln!(text, "{}window {name} = {window}", annotation(rng));
        }
        for (name, targets) in &self.sets {
            let _ = writeln!(text, "{}permissions {name} = {}", annotation(rng), targets.join(", "));
        }
        text
    }
}

impl Kind {
    /// As a package writes it.
    pub(super) fn text(&self, package: &str) -> String {
        match self {
            Kind::Bool => "bool".to_owned(),
            Kind::Int => "int".to_owned(),
            Kind::String => "string".to_owned(),
            Kind::Ip => "ip".to_owned(),
            Kind::Network => "network".to_owned(),
            Kind::Instant => "instant".to_owned(),
            Kind::Date => "date".to_owned(),
            Kind::Time => "time".to_owned(),
            Kind::Duration => "duration".to_owned(),
            Kind::Entity(kind) => called(kind, package),
            Kind::Set(element) => format!("set of {}", element.text(package)),
            Kind::Record(members) => {
                let members: Vec<String> = members.iter().map(|member| member.text(package)).collect();
                format!("record {{ {} }}", members.join(", "))
            }
        }
    }
}

impl Attribute {
    fn text(&self, package: &str) -> String {
        let optional = if self.optional { "?" } else { "" };
        format!("{}{optional}: {}", word(self.name), self.kind.text(package))
    }
}

/// A type as a package calls it.
pub(super) fn called(kind: &str, package: &str) -> String {
    match kind.split_once('/') {
        None => kind.to_owned(),
        Some((own, name)) if own == package => word(name),
        Some((other, name)) => format!("{other}.{}", word(name)),
    }
}

/// A name as policies write it: in quotes if it is no identifier.
pub(super) fn word(name: &str) -> String {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_plain { name.to_owned() } else { format!("\"{name}\"") }
}

/// Something that decides nothing.
pub(super) fn annotation(rng: &mut Rng) -> &'static str {
    if rng.u8(..4) == 0 { "@note(\"made up\")\n" } else { "" }
}

fn type_text(text: &mut String, rng: &mut Rng, ty: &EntityType) {
    // A type that is both may keep its attributes with either declaration.
    let split = match (ty.is_subject, ty.is_resource) {
        (true, false) => ty.attributes.len(),
        (false, _) => 0,
        (true, true) => rng.usize(..=ty.attributes.len()),
    };
    let (own, more) = ty.attributes.split_at(split);
    let on_subject = rng.bool();
    if ty.is_subject {
        text.push_str(if on_subject { annotation(rng) } else { "" });
        let _ = writeln!(text, "subject {} {{ {} }}", word(ty.name), attribute_texts(rng, own, ty.package));
    }
    if ty.is_resource {
        let placement = match ty.placement {
            Placement::Root => "",
            Placement::Shared => " shared",
            Placement::Organization => " in organization",
        };
        text.push_str(if on_subject { "" } else { annotation(rng) });
        let _ = writeln!(text, "resource {}{placement} {{", word(ty.name));
        let _ = writeln!(text, "  {}", attribute_texts(rng, more, ty.package));
        let actions: Vec<String> = ty.actions.iter().map(|action| word(action)).collect();
        let _ = writeln!(text, "  actions {}\n}}", actions.join(", "));
    }
}
fn attribute_texts(rng: &mut Rng, attributes: &[Attribute], package: &str) -> String {
    let texts: Vec<String> = attributes.iter().map(|attribute| attribute.text(package)).collect();
    texts.join(if rng.bool() { ", " } else { "\n  " })
}
