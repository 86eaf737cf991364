//! The caller's time begins with our answer, and none of it is spent by us.

use std::future::poll_fn;
use std::task::Poll;

use super::*;

/// How long it takes until the time is over, waited for as a connection does.
async fn over(timer: &mut HeadTimer) -> Duration {
    let begun = Instant::now();
    poll_fn(|cx| if timer.is_over(cx, false) { Poll::Ready(()) } else { Poll::Pending }).await;
    begun.elapsed()
}

async fn look(timer: &mut HeadTimer, is_writing: bool) -> bool {
    poll_fn(|cx| Poll::Ready(timer.is_over(cx, is_writing))).await
}

#[tokio::test]
async fn a_silent_caller_has_its_time_and_no_more() {
    let mut timer = HeadTimer::new(Duration::from_millis(100));
    assert!(over(&mut timer).await >= Duration::from_millis(100));
    assert!(look(&mut timer, false).await, "what is over stays over");
}

#[tokio::test]
async fn an_answer_gives_it_the_whole_time_again() {
    let mut timer = HeadTimer::new(Duration::from_millis(300));
    assert!(!look(&mut timer, false).await);
    tokio::time::sleep(Duration::from_millis(200)).await;
    timer.asked();
    timer.answered();
    assert!(over(&mut timer).await >= Duration::from_millis(290));
}

#[tokio::test]
async fn our_own_time_is_not_the_callers() {
    let mut timer = HeadTimer::new(Duration::from_millis(50));
    assert!(!look(&mut timer, false).await);
    timer.asked();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!look(&mut timer, false).await, "while the answer is made");
    timer.answered();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!look(&mut timer, true).await, "while the answer is written");
    assert!(over(&mut timer).await < Duration::from_secs(60));
}
