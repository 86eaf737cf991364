//! The language: text in, policy out.

mod definitions;
mod packages;

use portcullis::document::{Code, Source, Sources, render};
use portcullis::language::policy::{
    Audience, Effect, Expr, Operand, Policy, Priority, RouteValue, Segment, Targets,
};
use portcullis::language::{self, Loaded};

mod limits;
mod quantifiers;
mod roles;
mod sets;
mod shape;

use shape::shape;

/// What most conditions are written against.
const SHOP: &str = r"package shop
subject user { department: string, mfa: bool, manager?: user, teams: set of group }
subject service { audience: string }
resource order in organization { owner: user  amount: int  due: instant  tags: set of string  readers: set of user  actions read, update }
resource catalog shared { actions read }
context { ip: ip, a: bool, b: bool, c: bool, country?: string }
organization { features: set of string }
network office = 10.0.0.0/8, 2001:db8::1
window open = Mon-Fri 09:00-17:00, Sat 22:00-06:00 Europe/London
role clerk { order:read }
role chief : clerk { order:* }
";

fn load_files(texts: &[&str]) -> (Loaded, Sources) {
    let mut sources = Sources::default();
    let mut ids = Vec::new();
    for (number, text) in texts.iter().enumerate() {
        let name = format!("{number}.policy");
        ids.push(sources.add(Source { name, text: (*text).to_owned() }));
    }
    (language::load(&sources, &ids), sources)
}

#[track_caller]
fn policy(texts: &[&str]) -> Policy {
    let (loaded, sources) = load_files(texts);
    let Some(policy) = loaded.policy else { panic!("{}", render::plain(&loaded.diagnostics, &sources)) };
    policy
}

/// The one rule that this text adds to the shop.
#[track_caller]
fn rule(text: &str) -> (Policy, portcullis::language::policy::Rule) {
    let policy = policy(&[SHOP, &format!("package shop\n{text}\n")]);
    let rule = policy.rules.rows().next().unwrap().clone();
    (policy, rule)
}

/// The codes of all errors.
#[track_caller]
fn codes(texts: &[&str]) -> Vec<Code> {
    let (loaded, _) = load_files(texts);
    let errors = loaded.diagnostics.into_iter().filter(portcullis::document::Diagnostic::is_error);
    let codes: Vec<Code> = errors.map(|error| error.code).collect();
    assert_eq!(loaded.policy.is_none(), !codes.is_empty());
    codes
}

#[track_caller]
fn check_shape(condition: &str, expected: &str) {
    let (policy, rule) = rule(&format!("allow order:read named it when {condition}"));
    assert_eq!(shape(&policy, &rule.when.unwrap()), expected, "{condition}");
}

#[test]
fn the_sample_of_the_design_loads() {
    let (loaded, sources) = load_files(&[include_str!("../cases/design.policy")]);
    let told = render::plain(&loaded.diagnostics, &sources);
    assert!(loaded.diagnostics.len() == 1 && told.starts_with("note[P0423]: "), "{told}");
    let policy = loaded.policy.unwrap();
    assert_eq!(policy.rules.len(), 4);
    assert_eq!(policy.routes.len(), 2);
    let names: Vec<String> = policy.rules.ids().map(|id| policy.rule_name(id)).collect();
    assert_eq!(names, ["hackai/if_bought", "hackai/office_hours", "hackai/own_incident", "hackai/step_up"]);
}

#[test]
fn nothing_is_an_empty_policy() {
    for texts in [&[][..], &[""], &["// only a comment"], &["package shop"]] {
        let policy = policy(texts);
        assert!(policy.rules.is_empty() && policy.schema.types.is_empty());
    }
}

#[test]
fn or_binds_looser_than_and_than_not_than_comparison() {
    check_shape("context.a or context.b and context.c", "(context.a or (context.b and context.c))");
    check_shape("(context.a or context.b) and context.c", "((context.a or context.b) and context.c)");
    check_shape("not context.a and context.b", "(not context.a and context.b)");
    check_shape("not context.a == context.b", "not [context.a == context.b]");
    check_shape("not not context.a", "not not context.a");
    check_shape(r#"not "x" in resource.tags or true"#, r#"(not [String("x") member resource.tags] or true)"#);
    check_shape("context.a or context.b or context.c", "(context.a or context.b or context.c)");
}

#[test]
fn every_comparison_and_relation_has_its_node() {
    check_shape(
        r#"subject is user and subject.department like "a*""#,
        "([Subject is shop/user] and [subject.department like a*])",
    );
    check_shape(r#"not "x" matches "a|b" and true"#, r#"(not [String("x") matches a|b] and true)"#);
    check_shape("resource.amount < -7", "[resource.amount < Int(-7)]");
    check_shape("resource.amount >= 7", "[resource.amount >= Int(7)]");
    check_shape("now < resource.due", "[now < resource.due]");
    check_shape("resource.due <= now", "[resource.due <= now]");
    check_shape("resource.owner == subject", "[resource.owner == subject]");
    check_shape("resource.owner != subject", "[resource.owner != subject]");
    check_shape("subject in resource.readers", "[subject within resource.readers]");
    check_shape("now in open", "[open open]");
    check_shape("context.ip in office", "[context.ip address office]");
    check_shape("resource is order", "[Resource is shop/order]");
    check_shape("has context.country", "[has context.country]");
    check_shape(
        r#"context.country or_else "none" == "GB""#,
        r#"[context.country else String("none") == String("GB")]"#,
    );
    check_shape(
        r#""x" in subject.organization.features"#,
        r#"[String("x") member subject.organization.features]"#,
    );
    check_shape(
        r#"context.country or_else "-" in ["GB", "IE"]"#,
        r#"[context.country else String("-") member Set([String("GB"), String("IE")])]"#,
    );
}

#[test]
fn products_bind_tighter_than_sums_than_comparisons() {
    check_shape(
        "resource.amount + 2 * 3 - 1 < 7",
        "[(resource.amount Add (Int(2) Multiply Int(3)) Subtract Int(1)) < Int(7)]",
    );
    check_shape(
        "(resource.amount + 2) * 3 == -1",
        "[((resource.amount Add Int(2)) Multiply Int(3)) == Int(-1)]",
    );
    check_shape("resource.amount -1 < 5-2", "[(resource.amount Subtract Int(1)) < (Int(5) Subtract Int(2))]");
    check_shape("now - 15m < resource.due", "[(now Subtract Duration(Duration(900000000))) < resource.due]");
    check_shape("resource.due >= 15m + now", "[resource.due >= (now Add Duration(Duration(900000000)))]");
    check_shape(
        "2h-30m > 1h",
        "[(Duration(Duration(7200000000)) Subtract Duration(Duration(1800000000))) > Duration(Duration(3600000000))]",
    );
}

#[test]
fn what_is_written_like_a_time_is_one() {
    check_shape("now < 2026-11-22T10:00:00Z", "[now < Instant(Instant(1795341600000000))]");
    check_shape("now < 2026-11-22T10:00+01:00", "[now < Instant(Instant(1795338000000000))]");
    check_shape("1970-01-02 < 1970-01-03", "[Date(Date(1)) < Date(Date(2))]");
    check_shape("01:00 < 01:00:01", "[Time(TimeOfDay(3600)) < Time(TimeOfDay(3601))]");
    check_shape("90s < 1h1s", "[Duration(Duration(90000000)) < Duration(Duration(3601000000))]");
}

#[test]
fn an_entity_literal_is_of_its_qualified_type() {
    let (_, rule) = rule(
        r#"allow order:read named it when subject in group("a\u{e9}\n") or resource.owner == user("u")"#,
    );
    let Some(Expr::Or(parts)) = rule.when else { panic!() };
    let kinds: Vec<String> = parts
        .iter()
        .map(|part| match part {
            Expr::Within(_, Operand::Literal(value)) | Expr::Compare(_, _, Operand::Literal(value)) => {
                format!("{value:?}")
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(kinds[0].contains("\"group\"") && kinds[0].contains("aé\\n"), "{kinds:?}");
    assert!(kinds[1].contains("\"shop/user\""), "{kinds:?}");
}

#[test]
fn what_holds_before_counts() {
    for condition in [
        "subject is user and subject.mfa",
        "not subject is user or subject.mfa",
        "(subject is user or subject is service) and (subject is service or subject.mfa)",
        r#"not (not has context.country or context.country != "GB")"#,
        r#"subject is user and has subject.manager.department and subject.manager.department == "x""#,
        r#"has context.country and (context.a or context.country == "GB")"#,
    ] {
        rule(&format!("allow order:read named it when {condition}"));
    }
    rule("allow order:read named it when subject is user unless subject.mfa");
    rule("allow order:read named it unless subject.mfa when subject is user");
    rule("allow order:read named it unless not subject is user unless subject.mfa");
    rule("allow order:read named it when subject is user when subject.mfa");
    for condition in [
        "subject is user or subject.mfa",
        "not subject is user and subject.mfa",
        "(subject is user or context.a) and subject.mfa",
        "(subject is user and context.a) and context.b or subject.mfa",
    ] {
        let text = format!("package shop\nallow order:read named it when {condition}\n");
        let codes = codes(&[SHOP, &text]);
        assert_eq!(codes.len(), 1, "{condition}: {codes:?}");
        assert!(matches!(codes[0], Code::NotShared | Code::UnknownAttribute), "{condition}: {codes:?}");
    }
}

#[test]
fn clauses_mean_what_they_say_in_any_order() {
    let (policy, rule) = rule(
        r#"deny order:*, catalog:read because "why" oblige notify(channel: "soc", level: 3) priority 90 unless context.a
        advise step_up unless context.b except chief when context.c to clerk, chief named it oblige log()"#,
    );
    assert_eq!((rule.name.text(), rule.is_named, rule.effect), ("it", true, Effect::Deny));
    let Targets::Permissions(targets) = &rule.targets else { panic!() };
    assert_eq!(targets.len(), 3);
    let Audience::Roles(roles) = &rule.audience else { panic!() };
    let names = |ids: &[_]| ids.iter().map(|id| policy.schema.roles.row(*id).bare.text()).collect::<Vec<_>>();
    assert_eq!((names(roles), names(&rule.except)), (vec!["chief", "clerk"], vec!["chief"]));
    assert_eq!(rule.priority, Priority::Level(90));
    assert_eq!(rule.because.as_deref(), Some("why"));
    assert_eq!(shape(&policy, &rule.when.unwrap()), "context.c");
    assert_eq!(shape(&policy, &rule.unless.unwrap()), "(context.a or context.b)");
    let directives = |list: &[portcullis::language::policy::Directive]| {
        list.iter().map(|one| format!("{}{:?}", one.name, one.arguments)).collect::<Vec<_>>()
    };
    assert_eq!(
        directives(&rule.obligations),
        [r#"notify[("channel", String("soc")), ("level", Int(3))]"#, "log[]"]
    );
    assert_eq!(directives(&rule.advice), ["step_up[]"]);
}

#[test]
fn what_is_unsaid_depends_on_the_effect() {
    let allow = rule("allow order:read named it").1;
    assert_eq!((allow.audience, allow.priority), (Audience::Identified, Priority::Level(0)));
    let deny = rule("deny order:read named it").1;
    assert_eq!((deny.audience, deny.priority), (Audience::Anyone, Priority::Absolute));
    assert_eq!(rule("allow order:read to anyone named it").1.audience, Audience::Anyone);
    assert_eq!(rule("deny *:* named it").1.targets, Targets::Package);
}

#[test]
fn a_rule_without_a_name_is_called_by_its_content() {
    let one = rule("allow order:read to clerk when context.a").1;
    let same = rule("allow order:read // comment\n  to clerk\twhen context.a").1;
    let other = rule("allow order:read to clerk when context.b").1;
    assert_eq!(one.name, same.name);
    assert_ne!(one.name, other.name);
    let digits = one.name.text().strip_prefix("unnamed_").unwrap();
    assert!(digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert!(!one.is_named);
}

#[test]
fn packages_keep_to_themselves() {
    let other =
        "package other\nresource order { actions read }\nrole clerk { *:* }\ndeny *:read named every\n";
    let policy = policy(&[other, SHOP]);
    let roles: Vec<(&str, usize)> =
        policy.schema.roles.rows().map(|role| (role.name.text(), role.permissions.len())).collect();
    assert_eq!(roles, [("other/clerk", 1), ("shop/chief", 2), ("shop/clerk", 1)]);
    let types: Vec<&str> = policy.schema.types.rows().map(|ty| ty.name.text()).collect();
    assert_eq!(types, ["other/order", "shop/catalog", "shop/order", "shop/service", "shop/user"]);
    let rule = policy.rules.rows().next().unwrap();
    let Targets::Permissions(targets) = &rule.targets else { panic!() };
    assert_eq!(targets.len(), 1);
    assert_eq!(codes(&[SHOP, "package other\nrole boss : clerk { }\n"]), [Code::UnknownName]);
}

#[test]
fn a_subject_and_a_resource_of_one_name_are_one_type() {
    let policy = policy(&[
        "package a\nsubject user { x: int }\nresource user in organization { y?: set of user  actions read }\n",
    ]);
    let ty = policy.schema.types.rows().next().unwrap();
    assert_eq!(policy.schema.types.len(), 1);
    assert!(ty.is_subject && ty.is_resource);
    let attributes: Vec<(&str, String, bool)> =
        ty.attributes.iter().map(|one| (one.name.text(), one.ty.describe(), one.optional)).collect();
    assert_eq!(attributes, [("x", "int".to_owned(), false), ("y", "set of user".to_owned(), true)]);
    let twice = "package a\nsubject user { x: int }\nresource user { x: int }\n";
    assert_eq!(codes(&[twice]), [Code::Duplicate]);
}

#[test]
fn words_of_the_language_can_name_attributes_and_actions() {
    let text = "package a\nresource box { priority: int, to?: string\n  actions allow, deny,\n  named\n  in_use: bool }\n\
        allow box:{allow, named} named a when resource.priority == 1 and resource.to or_else \"\" == \"x\"\n";
    let policy = policy(&[text]);
    assert_eq!(policy.schema.permissions.len(), 3);
    assert_eq!(policy.schema.types.rows().next().unwrap().attributes.len(), 3);
}

#[test]
fn routes_become_segments_and_values() {
    let text = "package shop\nroute GET, HEAD API.example.com/o/{id: int}/{x}/*/** -> order:read on order(id) in organization(x)\n\
        route PUT /main/ -> order:update on order(\"main\") in organization(\"acme/security\")\n\
        route GET / -> catalog:read\n";
    let policy = policy(&[SHOP, text]);
    let [first, second, third] = policy.routes.as_slice() else { panic!() };
    assert_eq!(first.host.as_deref(), Some("api.example.com"));
    assert_eq!(first.methods, ["GET".into(), "HEAD".into()]);
    assert_eq!(
        first.segments,
        [Segment::Literal("o".into()), Segment::Int, Segment::Text, Segment::Any, Segment::Rest]
    );
    assert_eq!(
        (&first.id, &first.organization),
        (&Some(RouteValue::Segment(1)), &Some(RouteValue::Segment(2)))
    );
    assert_eq!(second.segments, [Segment::Literal("main".into()), Segment::Literal("".into())]);
    assert_eq!(second.organization, Some(RouteValue::Literal("acme/security".into())));
    assert_eq!(third.segments, [Segment::Literal("".into())]);
    assert_eq!((&third.host, &third.id), (&None, &None));
}

#[test]
fn mistakes_of_all_files_are_told_at_once_in_source_order() {
    let found = codes(&[
        "package a\nresource box { actions open }\nallow box:close named x\nrole a : b { }\n",
        "package a\nwindow w = 09:00-09:00 UTC\nallow box:open named y when\n",
        "package b\nnetwork n = 10.0.0.1/8\n",
    ]);
    assert_eq!(found, [Code::UnknownName, Code::UnknownName, Code::EmptySpan, Code::Syntax, Code::HostBits]);
}

#[test]
fn a_declaration_that_cannot_be_read_makes_no_name_unknown() {
    let text = "package a\nresource box { actions open\nrole r { box:open }\nallow box:open named x to r\n";
    assert_eq!(codes(&[text]), [Code::Syntax]);
}

#[test]
fn warnings_do_not_stop_a_load() {
    let (loaded, _) = load_files(&[SHOP, "package shop\ndeny order:read to clerk\n"]);
    assert!(loaded.diagnostics.iter().any(|one| one.code == Code::UnnamedDeny));
    assert!(loaded.policy.is_some());
}

/// Loads a text on a thread with the stack that test threads and servers have.
fn codes_on_a_small_stack(text: String) -> Vec<Code> {
    let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024);
    thread.spawn(move || codes(&[SHOP, &text])).unwrap().join().unwrap()
}

#[test]
fn hidden_characters_are_refused_wherever_they_stand() {
    for hidden in
        ["\u{feff}", "\0", "\u{202e}", "\u{2066}", "\u{200b}", "\u{200d}", "\u{7}", "\u{7f}", "\u{85}", "\r"]
    {
        for text in [
            format!("{hidden}package a\n"),
            format!("package a // {hidden}\u{20}\n"),
            format!("package a\nresource b {{ actions c }}\nallow b:c named d because \"{hidden}e\"\n"),
        ] {
            assert_eq!(codes(&[&text]), [Code::HiddenCharacter], "{text:?}");
        }
    }
}

#[test]
fn lines_may_end_as_windows_ends_them() {
    let text = SHOP.replace('\n', "\r\n");
    assert_eq!(codes(&[&text]), []);
    let (loaded, sources) = load_files(&[&format!("{text}allow order:raed // no such\r\n  named it\r\n")]);
    let (span, _) = loaded.diagnostics[0].place.clone().unwrap();
    assert_eq!((sources.text(span), sources.position(span)), ("raed", (12, 13)));
}
