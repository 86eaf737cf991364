//! Imports, and names of other packages.

use insta::assert_snapshot;

use super::laid_out;

#[test]
fn imports_stand_below_the_package() {
    assert_snapshot!(laid_out("// license
package p import a
// why b
import   b// for its users

import c subject user{boss?:set of b.x}resource \"r r\"{actions a}
role x:a.y,b.z{b.\"r r\":{a,b} c.s}
deny   a.r:*,c.s named n to a.x,y except b.z
when resource is a.\"r r\" or subject in a.y(\"1\")or a.z(1)and now in b.w
route GET /x/{id}->a.r:read on   a.r(id)
"), @r#"
    // license
    package p
    import a
    // why b
    import b  // for its users

    import c

    subject user { boss?: set of b.x }
    resource "r r" { actions a }
    role x : a.y, b.z { b."r r":{a, b}  c.s }
    deny a.r:*, c.s named n
      to   a.x, y except b.z
      when resource is a."r r" or subject in a.y("1") or a.z(1) and now in b.w
    route GET /x/{id} -> a.r:read on a.r(id)
    "#);
    assert_snapshot!(laid_out("package p\nimport // which\n  a\n"), @"
    error[P0130]: there is no place for this comment in the layout
     --> p.policy:2:8
      |
    2 | import // which
      |        ^^^^^^^^
      |
      = help: put it on a line of its own before the declaration, member or clause
    ");
}
