//! Imports, and what names mean across packages.

use portcullis::document::Code;
use portcullis::language::policy::{Audience, Targets};

use super::{SHOP, codes, load_files, policy, shape};

const CORP: &str = "package corp
subject user { level: int, boss?: user }
subject robot { serial: string }
resource badge { owner: user  actions read, revoke }
context { ip: ip, b: bool }
network site = 192.0.2.0/24
window shift = 22:00-06:00 UTC
permissions showing = badge:read
role guard { badge:* }
define inside = context.ip in site
define able(level: int, who: user) = who.level >= level
define human = subject is user and subject.level > 0
";

/// How often this is said.
fn count(texts: &[&str], code: Code) -> usize {
    let (loaded, _) = load_files(texts);
    loaded.diagnostics.iter().filter(|diagnostic| diagnostic.code == code).count()
}

#[test]
fn every_name_may_be_that_of_an_import() {
    let policy = policy(&[
        CORP,
        "package gate
import corp
resource door in organization { keeper: corp.user  users: set of corp.user  actions open, log }
context { ip: ip }
permissions work = corp.showing, door:open, corp.badge:{revoke}
role porter : corp.guard { door:*  corp.badge:read }
allow work, corp.badge:* named mixed to corp.guard, porter except corp.guard
  when resource is door
  when subject is corp.user and (subject in resource.users or resource.keeper == corp.user(\"a\"))
allow door:open named names
  when context.ip in corp.site and now in corp.shift and corp.inside and corp.able(3, resource.keeper)
allow door:log named guests when subject in [corp.user(\"a\"), corp.robot(\"b\")]
route GET /badges/{id} -> corp.badge:read on corp.badge(id)
",
    ]);
    let schema = &policy.schema;
    let door = schema.types.rows().find(|ty| ty.name.text() == "gate/door").unwrap();
    let types: Vec<String> = door.attributes.iter().map(|one| format!("{:?}", one.ty)).collect();
    assert_eq!(types, ["Entity(\"corp/user\")", "Set(Entity(\"corp/user\"))"]);
    let porter = schema.roles.rows().find(|role| role.name.text() == "gate/porter").unwrap();
    let parents: Vec<&str> = porter.parents.iter().map(|id| schema.roles.row(*id).name.text()).collect();
    assert_eq!((parents.as_slice(), porter.permissions.len()), (&["corp/guard"][..], 3));
    let names: Vec<String> = policy.rules.ids().map(|id| policy.rule_name(id)).collect();
    assert_eq!(names, ["gate/guests", "gate/mixed", "gate/names"]);
    let rules: Vec<_> = policy.rules.rows().collect();
    let Targets::Permissions(targets) = &rules[1].targets else { panic!() };
    assert_eq!(targets.len(), 3);
    let Audience::Roles(roles) = &rules[1].audience else { panic!() };
    assert_eq!((roles.len(), rules[1].except.len()), (2, 1));
    assert_eq!(
        shape(&policy, rules[2].when.as_ref().unwrap()),
        "([context.ip address site] and [open shift] and [context.ip address site] and \
         [resource.keeper.level >= Int(3)])"
    );
    assert_eq!(schema.permissions.row(policy.routes[0].permission).action.text(), "read");
}

#[test]
fn a_file_sees_what_it_imports_itself() {
    let with = "package gate\nimport corp\nresource door { keeper: corp.user  actions open }\n";
    let without = "package gate\nallow door:open named a to corp.guard\n";
    assert_eq!(codes(&[CORP, with]), []);
    assert_eq!(codes(&[CORP, with, without]), [Code::NotImported]);
    assert_eq!(
        codes(&[CORP, with, &without.replace("gate", "other")]),
        [Code::UnknownName, Code::NotImported]
    );
    let bare = "package gate\nallow door:open named a to guard\n";
    assert_eq!(codes(&[CORP, with, bare]), [Code::UnknownName]);
    // What is imported is passed on to nobody.
    let through = "package far\nimport gate\nresource x { owner: corp.user  gate: gate.door  actions y }\n";
    assert_eq!(codes(&[CORP, with, through]), [Code::NotImported]);
}

#[test]
fn a_package_of_which_a_part_is_imported_is_known_nevertheless() {
    for imports in ["import corp.user", "import corp\nimport corp.*", "import corp.*\nimport corp"] {
        let text = format!("package gate\n{imports}\nresource door {{ keeper: corp.user  actions open }}\n");
        assert_eq!(codes(&[CORP, &text]), [Code::Syntax], "{imports}");
    }
}

#[test]
fn packages_may_import_each_other() {
    let one = "package one\nimport two\nsubject a { to: two.b }\nresource r { actions x }\nrole q : two.p { r:x }\n";
    let two = "package two\nimport one\nsubject b { to: one.a }\nallow one.r:x named n when subject.to.to == subject or true\nrole p {}\n";
    assert_eq!(codes(&[one, two]), [Code::NotShared]);
    let two = two.replace("subject.to.to == subject or true", "subject is b and subject.to.to == subject");
    assert_eq!(codes(&[one, &two]), []);
    let circle = two.replace("role p {}", "role p : one.q {}");
    let said: Vec<_> =
        load_files(&[one, &circle]).0.diagnostics.into_iter().map(|problem| problem.message).collect();
    assert_eq!(said, ["the roles `one.q`, `two.p` inherit from each other in a circle"]);
}

#[test]
fn definitions_and_permission_sets_lead_back_over_no_packages() {
    let one = "package one\nimport two\nresource r { actions x }\ndefine a = two.b\npermissions s = two.s\n";
    let two = "package two\nimport one\ndefine b = not one.a\npermissions s = one.s, one.r:x\n";
    assert_eq!(codes(&[one, two]), [Code::DefinitionCycle, Code::DefinitionCycle]);
}

#[test]
fn the_subjects_of_imports_are_met() {
    let rule = |import: &str, condition: &str| {
        let text = format!(
            "package gate\n{import}\nsubject guest {{ host: string }}\nresource door {{ actions open }}\nallow door:open named a when {condition}\n"
        );
        codes(&[CORP, &text])
    };
    assert_eq!(rule("", "subject.host == \"x\""), []);
    assert_eq!(rule("import corp", "subject.host == \"x\""), [Code::NotShared]);
    assert_eq!(rule("import corp", "subject is corp.user and subject.level > 3"), []);
    assert_eq!(
        rule(
            "import corp",
            "not subject is corp.user and not subject is corp.robot and subject.host == \"x\""
        ),
        []
    );
    assert_eq!(rule("import corp", "corp.human"), []);
    assert_eq!(
        rule("import corp", "subject is guest and corp.human"),
        [Code::NeverOfType, Code::UnknownAttribute]
    );
}

#[test]
fn a_definition_may_ask_for_what_its_own_file_imports() {
    let mid = "package mid\nimport corp\ndefine staff = subject is corp.user and subject.level > 3\n";
    let gate = "package gate\nimport mid\nsubject guest { host: string }\nresource door { actions open }\nallow door:open named a when mid.staff or subject is guest and subject.host == \"x\"\n";
    assert_eq!(codes(&[CORP, mid, gate]), []);
}

#[test]
fn a_definition_for_others_needs_nothing_of_its_own() {
    let library = "package library
define own = resource.keeper == subject
define near = context.ip == context.ip and subject.organization.features == resource.organization.features
define typo = resource.keper == subject
";
    let user = "package user
import library
subject user
resource door in organization { keeper: user  actions open }
context { ip: ip }
organization { features: set of string }
allow door:open named a when library.own and library.near
";
    assert_eq!(codes(&[library, user]), [Code::UnknownAttribute]);
    assert_eq!(codes(&[&library.replace("keper", "keeper"), user]), []);
}

#[test]
fn everything_that_is_gained_is_that_of_one_package() {
    let chief = "package chief\nresource r { actions x }\nrole root { *:* }\n";
    let heir = |role: &str| {
        format!("package heir\nimport chief\nresource s {{ actions y }}\nrole own {{ *:* }}\n{role}\n")
    };
    let gained = |chief: &str, role: &str| count(&[chief, &heir(role)], Code::InheritsEverything);
    assert_eq!(gained(chief, "role boss : chief.root { s:y }"), 0);
    assert_eq!(gained(chief, "role boss : chief.root, own { s:y }"), 1);
    assert_eq!(gained(chief, "role boss : chief.root, own { *:* }"), 0);
    assert_eq!(gained(chief, "role boss : chief.root, own { s:y } only s:y"), 0);
    // By way of a role of another package it is still the package's own.
    let back = "package chief\nimport heir\nresource r { actions x }\nrole root : heir.own { *:* }\n";
    assert_eq!(gained(back, "role boss : chief.root { s:y }"), 1);
}

#[test]
fn an_import_is_only_unused_where_all_is_known() {
    let unused = "package gate\nimport corp\nsubject x { level: int }\n";
    assert_eq!(count(&[CORP, unused], Code::UnusedImport), 1);
    assert_eq!(count(&[CORP, unused, "package gate\nrole 7\n"], Code::UnusedImport), 0);
    let used = "package gate\nimport corp\nsubject x { boss: corp.user }\n";
    assert_eq!(count(&[CORP, used], Code::UnusedImport), 0);
    assert_eq!(
        codes(&[SHOP, "package gate\nimport nowhere\nsubject x { boss: nowhere.x }\n"]),
        [Code::UnknownName]
    );
}

#[test]
fn what_others_use_is_used() {
    let unused = |texts: &[&str]| count(texts, Code::Unused);
    let library = "package library
network site = 192.0.2.0/24
window shift = 22:00-06:00 UTC
context { ip: ip }
resource shelf { actions read }
resource book { actions read }
permissions reading = book:read
role guest {}
define inside = context.ip in site
";
    assert_eq!(unused(&[library]), 6);
    let user = "package user
import library
resource desk { shelf: library.shelf  actions use }
context { ip: ip }
role clerk : library.guest { library.reading  desk:use }
deny desk:use named closed unless library.inside and now in library.shift
";
    assert_eq!(unused(&[library, user]), 0);
}

#[test]
fn heirs_in_other_packages_are_told_by_their_package() {
    let corp = "package corp\nrole porter {}\nrole chief : porter {}\n";
    let gate = "package gate\nimport corp\nresource door { actions open }\nrole warden : corp.porter { door:open }\ndeny door:open named shut to corp.porter priority 1\n";
    let (loaded, _) = load_files(&[corp, gate]);
    let note = loaded.diagnostics.iter().find(|diagnostic| diagnostic.code == Code::InheritedDeny).unwrap();
    assert!(note.message.contains("also binds `corp.chief`, `warden`, which inherit"), "{}", note.message);
}
