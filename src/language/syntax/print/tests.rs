//! The layout, piece by piece.

use insta::assert_snapshot;

use super::*;
use crate::document::{Source, Sources, render};
use crate::language::syntax::Form;

mod imports;
mod invisible;

/// The text laid out; laid out again it must stay as it is.
fn laid_out(text: &str) -> String {
    let mut sources = Sources::default();
    let id = sources.add(Source { name: "p.policy".to_owned(), text: text.to_owned() });
    match format(&sources, id, Form::Policy) {
        Ok(formatted) => {
            let id = sources.add(Source { name: "p.policy".to_owned(), text: formatted.clone() });
            assert_eq!(format(&sources, id, Form::Policy).unwrap(), formatted, "not idempotent");
            formatted
        }
        Err(diagnostics) => render::plain(&diagnostics, &sources),
    }
}

#[test]
fn one_liners_stand_in_columns() {
    assert_snapshot!(laid_out("package p subject user
subject  service{audience:string tags : set of string,}
context { ip: ip }
organization { plan ? : string }
network a=10.0.0.0/8,::1
window office = Mon - Fri 09:00-17:00 , Sat,Sun 10:00 - 12:00   Europe/London
define here=context.ip in a
resource r{actions read,write}
resource long_one in organization { owner: user actions read }
resource s shared {}
system role a{*:*}
role bb:a,c { r:{read,write} s:* }

role apart { }
route GET,HEAD /x/{ id } -> r:read on r(id)
route POST api.example.com/{org}->r:write on r(\"1\") in organization(org)
"), @r#"
    package p

    subject user
    subject service { audience: string, tags: set of string }
    context      { ip: ip }
    organization { plan?: string }
    network a      = 10.0.0.0/8, ::1
    window  office = Mon-Fri 09:00-17:00, Sat,Sun 10:00-12:00 Europe/London
    define  here   = context.ip in a
    resource r                        { actions read, write }
    resource long_one in organization { owner: user  actions read }
    resource s        shared          {}
    system role a  { *:* }
    role bb : a, c { r:{read, write}  s:* }

    role apart {}
    route GET, HEAD /x/{ id }             -> r:read on r(id)
    route POST      api.example.com/{org} -> r:write on r("1") in organization(org)
    "#);
}

#[test]
fn what_the_author_opened_stays_open_and_what_is_too_long_is_opened() {
    assert_snapshot!(laid_out("package p
subject user {
department: string, leaves?: instant
}
resource ledger { owner: user approver: user second_approver: user amount: int currency: string actions read, write }
role clerk {
  ledger:read ledger:{write}
}
role everything { ledger:{a_rather_long_action, another_long_action, yet_another_action, one_more_action, the_last} }
"), @"
    package p

    subject user {
      department: string
      leaves?:    instant
    }
    resource ledger {
      owner:           user
      approver:        user
      second_approver: user
      amount:          int
      currency:        string
      actions          read, write
    }
    role clerk {
      ledger:read
      ledger:{write}
    }
    role everything {
      ledger:{a_rather_long_action, another_long_action, yet_another_action, one_more_action, the_last}
    }
    ");
}

#[test]
fn records_are_opened_like_declarations() {
    assert_snapshot!(laid_out("package p
subject user { home: record{street:string,floor ?: int}, tags: set of record { } }
resource site { address: record { street: string
 geo: record { latitude: int longitude: int, note: record {by: user // who
 at: instant } } } size: int, contact: record {
name: string, mail?: string } building: record { a_rather_long_member: string, another_long_member: set of instant, last_one: date } }
context { geo: record {
  // where
  country: string

  \"x-city\": string } }
"), @r#"
    package p

    subject user { home: record { street: string, floor?: int }, tags: set of record {} }
    resource site {
      address:  record {
        street: string
        geo:    record {
          latitude:  int
          longitude: int
          note:      record {
            by: user  // who
            at: instant
          }
        }
      }
      size:     int
      contact:  record {
        name:  string
        mail?: string
      }
      building: record { a_rather_long_member: string, another_long_member: set of instant, last_one: date }
    }
    context {
      geo: record {
        // where
        country:  string

        "x-city": string
      }
    }
    "#);
}

#[test]
fn a_spread_rule_has_a_line_for_each_clause() {
    assert_snapshot!(laid_out("package p
allow *:read named short to anyone when now in office
deny r : {read,write},s:* named spread to a,b
except c when subject.department == \"ops\" unless (now in office)
priority 7 because \"so\" advise call() oblige log(level:3,to:\"x\") oblige tell
deny *:* to viewer named late when subject.a == \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" and subject.b != \"bbbbbbbbbbbbbbb\"
"), @r#"
    package p

    allow *:read named short to anyone when now in office
    deny r:{read, write}, s:* named spread
      to       a, b except c
      when     subject.department == "ops"
      unless   (now in office)
      priority 7
      because  "so"
      advise   call()
      oblige   log(level: 3, to: "x")
      oblige   tell
    deny *:*
      to    viewer
      named late
      when  subject.a == "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" and subject.b != "bbbbbbbbbbbbbbb"
    "#);
}

#[test]
fn annotations_stand_on_lines_of_their_own() {
    assert_snapshot!(laid_out("package p
@owner(\"security\") @since( \"2\" ) // from the start
// why
subject user
subject service
role a {*:*}
@title(\"B\")
system role long_name {*:*}
@owner(\"legal\") deny a:b named x to a
@owner
(\"legal\")

deny a:b // all
  named y to a
"), @r#"
    package p

    @owner("security")
    @since("2")  // from the start
    // why
    subject user
    subject service
    role a                { *:* }
    @title("B")
    system role long_name { *:* }
    @owner("legal")
    deny a:b named x to a
    @owner("legal")
    deny a:b  // all
      named y
      to    a
    "#);
}

#[test]
fn targets_overridable_and_arithmetic() {
    assert_snapshot!(laid_out("package p
permissions reading=a:read,b:{ read,list }
permissions most =   reading , c:*
role x { reading b:write }
deny most,d:* named lockdown overridable
deny most named spread when resource.at-1d  <now+2h30m   and 2 * (resource.n+ -1) * 3-1 >= 7 or resource.path like \"a/**\"
  overridable priority 7
allow most when subject.mail matches \"[a-z]+\" and resource.day==2026-11-22 and resource.hour>=09:30 and subject.a subset  of resource.b and now<2026-11-22T10:00:00Z and date ( now , Europe/London )<=resource.day and time(now,Etc/GMT+1)>09:30
"), @r#"
    package p

    permissions reading = a:read, b:{read, list}
    permissions most    = reading, c:*
    role x { reading  b:write }
    deny most, d:* named lockdown overridable
    deny most named spread
      when     resource.at - 1d < now + 2h30m and 2 * (resource.n + -1) * 3 - 1 >= 7 or resource.path like "a/**"
      overridable
      priority 7
    allow most
      when subject.mail matches "[a-z]+"
           and resource.day == 2026-11-22
           and resource.hour >= 09:30
           and subject.a subset of resource.b
           and now < 2026-11-22T10:00:00Z
           and date(now, Europe/London) <= resource.day
           and time(now, Etc/GMT+1) > 09:30
    "#);
}

#[test]
fn sets_keep_their_parentheses_and_get_no_others() {
    assert_snapshot!(laid_out("package p
allow r:read named x when [ \"a\" ,\"b\"]   union resource.tags minus(subject.lost union[]) subset
of resource.more or_else [] union resource.tags and \"c\" in((resource.tags)intersect subject.lost) and resource.a+1 in resource.b minus [7]
"), @r#"
    package p

    allow r:read named x
      when ["a", "b"] union resource.tags minus (subject.lost union []) subset of resource.more or_else [] union
             resource.tags
           and "c" in ((resource.tags) intersect subject.lost)
           and resource.a + 1 in resource.b minus [7]
    "#);
}

#[test]
fn clauses_of_roles_stand_like_those_of_rules() {
    assert_snapshot!(laid_out("package p
role short { a:read } only a:read,b:* when   now in office
role longer:short {} unless (now in working) // done
role spread:short { a:read
} in organization( \"acme/security\" )
  only reading , *:{ read,list } unless now in x or now in y when a and b
role open {
  a:read // one
} // the body
  // why
  only a:read
  // where
  unless now in x
role wide { a:read } only aaaaaaaaaaaaaaaaaaaaaaaaa:read, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb:read, cccccccccccccccccc:read, d:*
"), @r#"
    package p

    role short          { a:read } only a:read, b:* when now in office
    role longer : short {}         unless (now in working)  // done
    role spread : short { a:read }
      in     organization("acme/security")
      only   reading, *:{read, list}
      unless now in x or now in y
      when   a and b
    role open {
      a:read  // one
    }  // the body
      // why
      only   a:read
      // where
      unless now in x
    role wide { a:read }
      only aaaaaaaaaaaaaaaaaaaaaaaaa:read, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb:read, cccccccccccccccccc:read, d:*
    "#);
}

#[test]
fn the_condition_of_a_quantifier_stands_below_it_if_it_is_long() {
    assert_snapshot!(laid_out("package p
allow r:read named x when any  x in resource.tags union[]:x==\"a\"or not all y in [ 1,2 ] :y<3
allow r:read named y when (any x in resource.readers: x.manager.department == \"operations\" and x.level > 7) and resource.a and all reader in resource.readers: reader.department == \"operations\" or reader.department == \"security\" or reader in group(\"x\")
"), @r#"
    package p

    allow r:read named x when any x in resource.tags union []: x == "a" or not all y in [1, 2]: y < 3
    allow r:read named y
      when (any x in resource.readers: x.manager.department == "operations" and x.level > 7)
           and resource.a
           and all reader in resource.readers:
                 reader.department == "operations" or reader.department == "security" or reader in group("x")
    "#);
}

#[test]
fn a_long_condition_is_broken_where_it_binds_loosest() {
    assert_snapshot!(laid_out("package p
allow r:read named x when resource.owner == subject and (subject.department == \"operations\" or subject.department == \"security\" or subject.department == \"emergency\" or not has resource.hold) and resource.country in [\"AT\", \"BE\", \"BG\", \"CY\", \"CZ\", \"DE\", \"DK\", \"EE\", \"ES\", \"FI\", \"FR\", \"GR\", \"HR\", \"HU\", \"IE\", \"IT\", \"LT\", \"LU\", \"LV\", \"MT\"] or not (subject.a or_else 7 > -3)
"), @r#"
    package p

    allow r:read named x
      when    resource.owner == subject
              and (
                    subject.department == "operations"
                    or subject.department == "security"
                    or subject.department == "emergency"
                    or not has resource.hold
                  )
              and resource.country in [
                    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
                    "IT", "LT", "LU", "LV", "MT"
                  ]
           or not (subject.a or_else 7 > -3)
    "#);
}

#[test]
fn comments_stay_where_they_are() {
    assert_snapshot!(laid_out("// license


/// What it is.
package p // the package
// ---- section ----

/// A user.
subject user { // people
  a: int   // first

  // before b
  b: int
  // at the end
} // done
resource r { actions read, // look
    write // change
}
network n = 10.0.0.0/8, // home
  ::1
role x { r:read } // trailing
// between rows
role longer { r:read }
deny *:* // everything
  named d   // its name
  to x // who
  // why not
  unless subject.a == 1 // one
    // or
    and ( // group
      subject.b == 2 // two
    )
  because \"x\" // the end
// the last
"), @r#"
    // license

    /// What it is.
    package p  // the package

    // ---- section ----

    /// A user.
    subject user {  // people
      a: int  // first

      // before b
      b: int
      // at the end
    }  // done
    resource r {
      actions read,  // look
              write  // change
    }
    network n = 10.0.0.0/8,  // home
                ::1
    role x      { r:read }  // trailing
    // between rows
    role longer { r:read }
    deny *:*  // everything
      named   d  // its name
      to      x  // who
      // why not
      unless  subject.a == 1  // one
              // or
              and (  // group
                    subject.b == 2  // two
                  )
      because "x"  // the end
    // the last
    "#);
}

#[test]
fn a_comment_without_a_place_is_an_error() {
    assert_snapshot!(laid_out("package p\nnetwork // which\n  n = ::1\n"), @"
    error[P0130]: there is no place for this comment in the layout
     --> p.policy:2:9
      |
    2 | network // which
      |         ^^^^^^^^
      |
      = help: put it on a line of its own before the declaration, member or clause
    ");
    assert_snapshot!(laid_out("package p\nallow *:read named x\n  when resource.a // left\n    == 7\n"), @"
    error[P0130]: there is no place for this comment in the layout
     --> p.policy:3:19
      |
    3 |   when resource.a // left
      |                   ^^^^^^^
      |
      = help: put it on a line of its own before the declaration, member or clause
    ");
}

#[test]
fn a_file_with_a_mistake_is_not_laid_out() {
    assert_snapshot!(laid_out("package p\nsubject   7\n"), @"
    error[P0101]: expected a type, found `7`
     --> p.policy:2:11
      |
    2 | subject   7
      |           ^
      |
      = help: names are made of letters, digits and `_`, and start with no digit
    ");
    assert_eq!(laid_out(""), "");
    assert_eq!(laid_out("// nothing yet\n\n\n"), "// nothing yet\n");
}

#[test]
fn definitions_keep_their_parameters_on_the_line() {
    assert_snapshot!(laid_out("package p
define a=b( 7,subject.x+1 )or c()
define  senior ( level:int , who : set  of user )=who.level>=level
define long_enough_to_be_broken(a_parameter: string, another_parameter: string, a_third_parameter: string, x: int) = x > 3
"), @"
    package p

    define a                                    = b(7, subject.x + 1) or c()
    define senior(level: int, who: set of user) = who.level >= level
    define long_enough_to_be_broken(a_parameter: string,
        another_parameter: string,
        a_third_parameter: string,
        x: int) =
      x > 3
    ");
}

#[test]
fn a_lost_or_changed_token_is_noticed() {
    let difference = |printed| verify::difference("deny a:b, c:d to x", printed);
    assert_eq!(difference("deny\n a:b c:d,  to x // x"), None);
    assert_eq!(difference("deny a:b, c:d"), Some(14..16));
    assert_eq!(difference("deny a:b, c:d to y"), Some(17..18));
    assert_eq!(difference("deny a:b, c:d to x when y"), Some(18..18));
}

#[test]
fn a_lost_comment_is_noticed() {
    let lost = |kept| verify::first_lost(&[(3, "// a"), (9, "// b"), (20, "//a")], kept);
    assert_eq!(lost(vec!["# b", "#  a", "# a"]), None);
    assert_eq!(lost(vec!["// a", "// b"]), Some((20, "//a")));
    assert_eq!(lost(vec!["// a", "// a"]), Some((9, "// b")));
}
