//! How routes are laid out.

use super::{laid_out, laid_out_yaml};

#[test]
fn routes_of_yaml_stand_in_columns() {
    let text =
        "package: p\nroutes:\n- GET,  HEAD /x -> a:b\n- POST /{id}  ->  a:c on a(id)\n\n- GET /y -> a:b\n";
    let columns = "routes:
- GET, HEAD /x    -> a:b
- POST      /{id} -> a:c on a(id)

- GET /y -> a:b
";
    assert_eq!(laid_out_yaml(text), format!("package: p\n{columns}"));
}

#[test]
fn a_long_route_is_broken_before_what_it_asks_for_and_nowhere_in_its_pattern() {
    let long =
        "/organizations/departments/incidents/investigations/evidence/{id: int}/history/{version: int}/notes";
    let text = format!("package p\n\nroute GET, HEAD {long} -> order:read on order(id)\n");
    let broken = format!("package p\n\nroute GET, HEAD {long}\n    -> order:read on order(id)\n");
    assert_eq!(laid_out(&text), broken);
}
