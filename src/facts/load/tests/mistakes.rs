//! What is said about bad facts files: code, message, underlined text, help.

use super::{alice, load_texts, problems};
use crate::document::Code;

const ASSIGNED: &str = "{ role: viewer, scope: acme, granted_by: root, reason: r }";

/// The one problem of alice holding this.
fn held(field: &str, held: &str) -> String {
    let found = problems(&[&alice(field, held)]);
    assert_eq!(found.len(), 1, "{found:#?}");
    found.concat()
}

/// The one problem of a file of package `hackai`.
fn only(rest: &str) -> String {
    let found = problems(&[&format!("package: hackai\n{rest}")]);
    assert_eq!(found.len(), 1, "{found:#?}");
    found.concat()
}

#[test]
fn names_that_nothing_declares_are_told_with_what_was_meant() {
    assert_eq!(
        problems(&["package: hackia\n"]),
        ["P0201 there is no package `hackia` <hackia> did you mean `hackai`?"]
    );
    assert_eq!(
        only("subjects: { usr: }"),
        "P0201 package `hackai` declares no type `usr` <usr> did you mean `user`?"
    );
    assert_eq!(
        only("subjects: { other/usr: }"),
        "P0201 no package declares the type `other/usr` <other/usr> did you mean `other/robot`?"
    );
    // What another package declares is not meant by a bare name.
    assert_eq!(
        only("subjects: { robot: }"),
        "P0201 package `hackai` declares no type `robot` <robot> did you mean `other/robot`?"
    );
    assert_eq!(
        held("roles", &ASSIGNED.replace("viewer", "veiwer")),
        "P0201 package `hackai` declares no role `veiwer` <veiwer> did you mean `viewer`?"
    );
    assert_eq!(
        only("subjects: { user: { a: { departmnt: x } } }"),
        "P0201 `user` has no attribute `departmnt` <departmnt> did you mean `department`?"
    );
    assert_eq!(
        only("subjects: { user: { a: { role: [] } } }"),
        "P0201 `user` has no attribute `role` <role> did you mean `roles`?"
    );
    assert_eq!(only("groups: { soc: { name: x } }"), "P0201 `group` has no attribute `name` <name> -");
    assert_eq!(
        only("organizations: { acme: { budget: 1 } }"),
        "P0201 `organization` has no attribute `budget` <budget> -"
    );
}

#[test]
fn permissions_are_of_a_type_and_one_of_its_actions() {
    let grant = |permission: &str| {
        held("grants", &format!("{{ permission: {permission}, scope: acme, granted_by: root, reason: r }}"))
    };
    assert_eq!(
        grant("incidents:clos"),
        "P0201 `incidents` has no action `clos` <incidents:clos> did you mean `close`?"
    );
    assert_eq!(
        grant("incident:close"),
        "P0201 package `hackai` declares no type `incident` <incident:close> did you mean `incidents`?"
    );
    assert_eq!(
        grant("incidents"),
        "P0805 expected a permission such as `incidents:close`, found the text `incidents` <incidents> -"
    );
    for wildcard in ["\"incidents:*\"", "\"*:close\"", "\"*:*\""] {
        assert_eq!(
            grant(wildcard),
            format!(
                "P0201 a grant is of one permission, not of `*` <{wildcard}> grant each permission, or assign a role"
            )
        );
    }
}

#[test]
fn bare_names_of_several_packages_need_theirs() {
    assert_eq!(
        problems(&["resources: { folder: }"]),
        ["P0705 more than one package declares the type `folder` <folder> \
          write `package/folder`, or `package: …` at the top of the file"]
    );
    let roles =
        "subjects: { robot: { r: { roles: [{ role: viewer, scope: /, granted_by: root, reason: r }] } } }";
    assert_eq!(
        problems(&[roles]),
        ["P0705 more than one package declares the role `viewer` <viewer> \
          write `package/viewer`, or `package: …` at the top of the file"]
    );
    assert!(load_texts(&[&roles.replace("viewer", "tester")]).1.is_some());
    assert!(load_texts(&[&format!("package: other\n{roles}")]).1.is_some());
}

#[test]
fn a_text_that_is_no_instant_is_told_how_one_is_written() {
    for expires in ["2026-11-20", "\"2026-11-20\""] {
        let problem = held("roles", &ASSIGNED.replace('}', &format!(", expires: {expires} }}")));
        assert!(
            problem.ends_with(
                "an instant has a day, a time and an offset: `2026-11-20T00:00:00Z`, or `2026-11-20T09:00:00+01:00`"
            ),
            "{problem}"
        );
    }
}

#[test]
fn organizations_have_to_be_listed() {
    assert_eq!(
        held("roles", &ASSIGNED.replace("acme", "acmee")),
        "P0701 no facts list the organization `acmee` <acmee> did you mean `acme`?"
    );
    // Below a listed one is not listed.
    assert_eq!(
        held("roles", &ASSIGNED.replace("acme", "other/x")),
        "P0701 no facts list the organization `other/x` <other/x> list it under `organizations`"
    );
    assert_eq!(
        only("subjects: { user: { a: { organization: acme } } }"),
        "P0701 no facts list the organization `acme` <acme> list it under `organizations`"
    );
    assert_eq!(
        only("subjects: { user: { a: { home: acme } } }"),
        "P0701 no facts list the organization `acme` <acme> list it under `organizations`"
    );
    assert_eq!(
        only("organizations: { acme: , acme2/security: }"),
        "P0701 `acme2/security` is in `acme2`, which is not listed <acme2/security> did you mean `acme`?"
    );
    assert_eq!(
        only("organizations: { globex/x: , globex/x/y: }"),
        "P0701 `globex/x` is in `globex`, which is not listed <globex/x> list it too: `globex: {}`"
    );
}

#[test]
fn paths_and_ids_are_well_formed() {
    for path in ["acme/", "/acme", "a//b", "a/../b", ".", &["a"; 17].join("/")] {
        let found = problems(&[&format!("organizations: {{ \"{path}\": }}")]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with(&format!("P0805 `{path}` is not an organization's path <\"{path}\"> ")),
            "{found:?}"
        );
    }
    assert_eq!(
        only("organizations: { personal: }"),
        "P0805 an organization can't be called `personal` <personal> as a scope this word means what a subject owns"
    );
    assert_eq!(
        only("groups: { \"\": }"),
        "P0805 an id has 1 to 8192 bytes <\"\"> no request could name this one"
    );
}

#[test]
fn scopes_are_said_and_so_are_who_and_why() {
    assert_eq!(
        held("roles", "{ role: viewer, granted_by: root, reason: r }"),
        "P0807 a role assignment needs `scope` <{ role: viewer, granted_by: root, reason: r }> \
         write `/` for everywhere, an organization's path, or `personal` for what the subject owns"
    );
    let found = problems(&[&alice("grants", "{ scope: acme }")]);
    assert_eq!(
        found,
        [
            "P0807 a permission grant needs `permission` <{ scope: acme }> -",
            "P0807 a permission grant needs `granted_by` <{ scope: acme }> say who gave it",
            "P0807 a permission grant needs `reason` <{ scope: acme }> say in a few words why it was given",
        ]
    );
    assert_eq!(
        held("roles", &ASSIGNED.replace("reason: r", "reason: \" \"")),
        "P0805 `reason` is empty <\" \"> say in a few words why it was given"
    );
    assert_eq!(
        held("roles", &ASSIGNED.replace("scope", "scop").replace('}', ", scope: / }")),
        "P0806 a role assignment has no `scop` <scop> did you mean `scope`?"
    );
}

#[test]
fn instants_are_instants_and_in_order() {
    let until = |expires: &str| {
        held(
            "roles",
            &ASSIGNED.replace('}', &format!(", granted_at: 2026-11-01T09:00:00Z, expires: {expires} }}")),
        )
    };
    for (expires, found) in [
        ("tomorrow", "the text `tomorrow`"),
        ("2026-11-02", "the date `2026-11-02`"),
        ("2026-11-02T09:00:00", "the date `2026-11-02T09:00:00`"),
        ("soon", "the text `soon`"),
    ] {
        let problem = until(expires);
        let start =
            format!("P0805 expected an instant such as `2026-11-01T09:00:00Z`, found {found} <{expires}> ");
        assert!(problem.starts_with(&start), "{problem}");
    }
    for expires in ["2026-11-01T09:00:00Z", "2026-11-01T09:59:59+01:00", "\"2020-01-01T00:00:00Z\""] {
        assert_eq!(
            until(expires),
            format!(
                "P0709 it expires before it is granted <{expires}> `expires` has to be after `granted_at`"
            )
        );
    }
}

#[test]
fn values_are_of_their_declared_types() {
    let user = |field: &str| only(&format!("subjects: {{ user: {{ a: {{ {field} }} }} }}"));
    assert_eq!(
        user("department: 42"),
        "P0706 `department` is of type string: expected a text, found the number `42` <42> \
         if it is a text, write `\"42\"` in quotes"
    );
    assert_eq!(
        user("mfa_verified: \"true\""),
        "P0706 `mfa_verified` is of type bool: expected `true` or `false`, found the text `true` <\"true\"> -"
    );
    assert_eq!(
        user("department:"),
        "P0706 `department` is of type string: expected a text, found nothing <> leave the line out if it is not known"
    );
    assert_eq!(
        user("address: 10.0.0.0/8"),
        "P0706 `address` is of type ip: expected an IP address, found the text `10.0.0.0/8` <10.0.0.0/8> -"
    );
    assert_eq!(
        user("last_login: 2026-11-01"),
        "P0706 `last_login` is of type instant: expected an instant such as `2026-11-01T09:00:00Z`, \
         found the date `2026-11-01` <2026-11-01> -"
    );
    assert_eq!(
        user("manager: [bob]"),
        "P0706 `manager` is of type user: expected the id of a `user`, found a list <[bob]> -"
    );
    assert_eq!(
        user("manager: { type: group, id: soc }"),
        "P0706 `manager` holds a `user`, found a `group` <group> -"
    );
    assert_eq!(
        user("manager: { type: user }"),
        "P0807 a reference to an entity needs `id` <{ type: user }> -"
    );
}

#[test]
fn every_wrong_member_of_a_record_is_told() {
    let place = |value: &str| {
        problems(&[&format!("package: hackai\nsubjects: {{ user: {{ a: {{ place: {value} }} }} }}")])
    };
    assert_eq!(
        place("{ ctiy: Wien, geo: { lat: \"48\", long: 16 }, tags: [1], keeper: { type: folder, id: x } }"),
        [
            "P0201 the record `place` has no member `ctiy` <ctiy> did you mean `city`?",
            "P0706 `lat` is of type int: expected a whole number, found the text `48` <\"48\"> -",
            "P0201 the record `geo` has no member `long` <long> -",
            "P0706 `tags` is of type set of string: expected a text, found the number `1` <1> \
             if it is a text, write `\"1\"` in quotes",
            "P0706 `keeper` holds a `user`, found a `folder` <folder> -",
        ]
    );
    assert_eq!(
        place("Wien"),
        ["P0706 `place` is a record: expected its members as a mapping, found the text `Wien` <Wien> -"]
    );
    assert_eq!(
        place("[{ city: Wien }]"),
        ["P0706 `place` is a record: expected its members as a mapping, found a list <[{ city: Wien }]> -"]
    );
    assert_eq!(
        place("{ geo: }"),
        ["P0706 `geo` is a record: expected its members as a mapping, found nothing <> \
          leave the line out if it is not known"]
    );
    assert_eq!(place("{ city: a1, city: b1 }"), ["P0804 `city` stands here twice <city> -"]);
}

#[test]
fn every_wrong_element_of_a_set_is_told() {
    assert_eq!(
        problems(&[
            "package: hackai\nresources: { incidents: { i: { severity: high, tags: [1, ok, true] } } }"
        ]),
        [
            "P0706 `severity` is of type int: expected a whole number, found the text `high` <high> -",
            "P0706 `tags` is of type set of string: expected a text, found the number `1` <1> \
             if it is a text, write `\"1\"` in quotes",
            "P0706 `tags` is of type set of string: expected a text, found `true` <true> \
             if it is a text, write `\"true\"` in quotes",
        ]
    );
}

#[test]
fn nothing_stands_where_it_does_not_belong() {
    assert_eq!(
        only("subjects: { incidents: }"),
        "P0708 `incidents` is not declared as a subject <incidents> \
         list it under `resources`, or declare it as a subject too"
    );
    assert_eq!(
        only("resources: { user: }"),
        "P0708 `user` is not declared as a resource <user> list it under `subjects`, or declare it as a resource too"
    );
    assert_eq!(
        only("organizations: { acme: }\nresources: { dashboard: { d: { organization: acme } } }"),
        "P0708 resources of type `dashboard` stand in no organization <organization> \
         remove the line, or declare the type `in organization`"
    );
    assert_eq!(
        only("groups: { soc: { roles: [] } }"),
        "P0708 only subjects hold `roles` <roles> list them under the subject that holds them"
    );
    assert_eq!(
        only(
            "organizations: { acme: }\nsubjects: { user: { a: { in: [{ type: organization, id: acme }] } } }"
        ),
        "P0708 an entity belongs to an organization, it is not `in` one <{ type: organization, id: acme }> \
         write `organization: acme`"
    );
}

#[test]
fn parents_have_to_be_listed() {
    assert_eq!(
        only("groups: { staff: }\nsubjects: { user: { a: { in: [stuff] } } }"),
        "P0702 no facts list the group `stuff` <stuff> did you mean `staff`?"
    );
    assert_eq!(
        only("resources: { incidents: { i: { in: [{ type: folder, id: plans }] } } }"),
        "P0702 no facts list the folder `plans` <{ type: folder, id: plans }> -"
    );
    assert_eq!(
        only("resources: { incidents: { i: { in: [plans] } } }"),
        "P0805 expected `{ type: …, id: … }`, found the text `plans` <plans> -"
    );
    assert_eq!(
        only("groups: { a: { in: staff } }"),
        "P0805 expected a list, found the text `staff` <staff> -"
    );
}

#[test]
fn nothing_is_in_itself() {
    assert_eq!(only("groups: { a: { in: [a] } }"), "P0704 `a` is in itself: `a` in `a` <a> -");
    assert_eq!(
        only("groups: { x: { in: [a] }, a: { in: [b] }, b: { in: [c, d] }, c: { in: [a] }, d: }"),
        "P0704 `a` is in itself: `a` in `b` in `c` in `a` <a> -"
    );
}

#[test]
fn an_entity_is_listed_once_over_all_files() {
    let file = "package: hackai\nsubjects: { user: { alice: } }";
    let (sources, facts, diagnostics) = load_texts(&[file, file]);
    assert!(facts.is_none());
    let [problem] = diagnostics.as_slice() else { panic!("{diagnostics:?}") };
    assert_eq!((problem.code, problem.message.as_str()), (Code::RepeatedEntity, "`alice` is listed twice"));
    let (second, _) = problem.place.as_ref().unwrap();
    let (first, _) = &problem.related[0];
    assert_eq!((sources.text(*first), first.source.0), ("alice", 0));
    assert_eq!((sources.text(*second), second.source.0), ("alice", 1));
    // The same by its other name, in the same file.
    assert_eq!(
        only("subjects: { user: { alice: }, hackai/user: { alice: } }"),
        "P0703 `alice` is listed twice <alice> -"
    );
    // The same id of another type is another entity.
    assert!(
        load_texts(&["package: hackai\nsubjects: { user: { a: }, other/robot: { a: } }\ngroups: { a: }"])
            .1
            .is_some()
    );
}

#[test]
fn all_mistakes_of_all_files_are_told_at_once() {
    let found =
        problems(&["groups: { a: { in: [b] } }\nsubjets:", "groups: { c: { in: [a, d] } }\npackage: x"]);
    let codes: Vec<&str> = found.iter().filter_map(|problem| problem.get(..5)).collect();
    assert_eq!(codes, ["P0702", "P0806", "P0702", "P0201"], "{found:#?}");
}

#[test]
fn an_unreadable_file_is_not_taken_for_an_empty_one() {
    let organizations = "organizations: { acme: }\ngroups: [\n";
    let found = problems(&[organizations, &alice("roles", ASSIGNED).replace("organizations", "#")]);
    assert_eq!(found, ["P0801 the `[` is not closed <[> -"]);
}

#[test]
fn ambiguous_scalars_are_told_in_facts_too() {
    assert_eq!(
        held("roles", &ASSIGNED.replace("root", "no")),
        "P0803 `no` means false to some readers of YAML and is text to others <no> \
         write `\"no\"` in quotes if it is text, `false` if it is not"
    );
    assert_eq!(
        only("subjects: { user: { 42: } }"),
        "P0803 the key `42` is not a text to all readers of YAML <42> write `\"42\"` in quotes"
    );
}

#[test]
fn sets_and_hierarchies_are_bounded() {
    let tags = vec!["a"; 10_001].join(",");
    let found =
        problems(&[&format!("package: hackai\nresources: {{ incidents: {{ i: {{ tags: [{tags}] }} }} }}")]);
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("P0102 `tags` has 10001 elements, more than 10000 <[a,"));
    let chain: Vec<String> =
        (0..=1_024).map(|number| format!("g{number}: {{ in: [g{}] }}\n", number + 1)).collect();
    let chain = |length: usize| format!("groups:\n  {}  g{length}:\n", chain[..length].join("  "));
    assert!(load_texts(&[&chain(1_024)]).1.is_some());
    assert_eq!(problems(&[&chain(1_025)]), ["P0102 `g0` is in 1025 others, more than 1024 <g0> -"]);
}

#[test]
fn hopeless_files_end_soon() {
    let start = std::time::Instant::now();
    let many: Vec<String> =
        (0..20_000).map(|number| format!("  g{number}: {{ in: [h{number}, no] }}\n")).collect();
    let found = problems(&[&format!("groups:\n{}", many.concat())]);
    assert_eq!(found.len(), 101);
    let unlisted: Vec<String> = (0..200_000).map(|number| format!("h{number}")).collect();
    let found = problems(&[&format!("groups: {{ g: {{ in: [{}] }} }}", unlisted.join(","))]);
    assert_eq!(found.len(), 101);
    // It takes a fraction of a second; to look each of 200,000 up in a list of 20,000 would take minutes.
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}
