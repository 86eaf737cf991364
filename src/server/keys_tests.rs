//! How often issuers are asked.

use super::*;

#[test]
fn who_does_not_answer_is_asked_less_and_less_often() {
    let seconds = |failures| back_off(failures).as_secs();
    assert_eq!([1, 2, 3, 4, 5, 40, u32::MAX].map(seconds), [10, 20, 40, 60, 60, 60, 60]);
}
