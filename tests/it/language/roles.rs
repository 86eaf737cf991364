//! Roles that are narrowed.

use std::fmt::Write as _;

use portcullis::document::Code;
use portcullis::language::policy::Policy;
use portcullis::model::limits::CONSTRAINED_PERMISSIONS_MAX;

use super::{SHOP, codes, load_files, policy, shape};

/// What the constraint of this role leaves, as `type:action`.
fn left(policy: &Policy, role: &str) -> Option<Vec<String>> {
    let role = policy.schema.roles.rows().find(|row| row.bare.text() == role).unwrap();
    let describe = |id: &_| {
        let permission = policy.schema.permissions.row(*id);
        format!("{}:{}", policy.schema.types.row(permission.resource).bare, permission.action)
    };
    role.left.as_ref().map(|left| left.iter().map(describe).collect())
}

#[test]
fn what_a_constraint_leaves_is_known_at_load() {
    let roles = "package shop
permissions reading = order:read, catalog:read
role all_readers : clerk { catalog:read } only reading
role buyer : chief, all_readers {} when context.a only order:* in organization(\"acme\")
role visitor : buyer, all_readers { order:update } unless context.b
role heir : visitor {}
";
    let policy = policy(&[SHOP, roles]);
    let some = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    assert_eq!(left(&policy, "all_readers"), some(&["catalog:read", "order:read"]));
    assert_eq!(left(&policy, "buyer"), some(&["order:read", "order:update"]));
    assert_eq!(left(&policy, "visitor"), some(&["catalog:read", "order:read", "order:update"]));
    assert_eq!(left(&policy, "heir"), None);
    assert_eq!(left(&policy, "chief"), None);
    let constraints: Vec<_> = policy
        .constraints
        .iter()
        .map(|row| {
            let role = policy.schema.roles.row(row.role).bare.text();
            let conditions = [&row.when, &row.unless].map(|one| one.as_ref().map(|one| shape(&policy, one)));
            let only = row.only.as_ref().map(Vec::len);
            format!("{role} {only:?} {:?} {conditions:?}", row.organization)
        })
        .collect();
    assert_eq!(
        constraints,
        [
            "all_readers Some(2) None [None, None]",
            "buyer Some(2) Some(\"acme\") [Some(\"context.a\"), None]",
            "visitor None None [None, Some(\"context.b\")]",
        ]
    );
}

#[test]
fn a_circle_of_constrained_roles_is_a_circle() {
    let roles = "package shop
role one : two { order:read } only order:read
role two : one { order:update } when resource.amount < 3
";
    assert_eq!(codes(&[SHOP, roles]), [Code::RoleCycle]);
}

#[test]
fn everything_is_not_gained_past_an_only() {
    let gains = |roles: &str| {
        let (loaded, _) = load_files(&[SHOP, &format!("package shop\nrole root {{ *:* }}\n{roles}")]);
        assert!(loaded.policy.is_some(), "{roles}");
        loaded.diagnostics.iter().any(|one| one.code == Code::InheritsEverything)
    };
    assert!(gains("role heir : root {}"));
    assert!(gains("role heir : root {} when context.a"));
    assert!(gains("role heir : root {} only *:*"));
    assert!(!gains("role heir : root {} only *:read"));
    assert!(!gains("role reader : root {} only *:read\nrole heir : reader {}"));
}

#[test]
fn what_constrained_roles_come_to_is_bounded() {
    let actions: Vec<String> = (0..1_000).map(|number| format!("a{number}")).collect();
    let heirs = |count: usize| {
        let mut text =
            format!("package p\nresource r {{ actions {} }}\nrole all_of_it {{ *:* }}\n", actions.join(", "));
        for number in 0..count {
            let _ = writeln!(text, "role h{number} : all_of_it {{}} only r:a7 when false");
        }
        text
    };
    // The role itself and the one with the thousand count too.
    let most = CONSTRAINED_PERMISSIONS_MAX / (actions.len() + 2);
    assert_eq!(codes(&[&heirs(most)]), []);
    assert_eq!(codes(&[&heirs(most + 1)]), [Code::TooLarge]);
}
