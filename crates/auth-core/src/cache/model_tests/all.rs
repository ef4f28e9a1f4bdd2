//! All calls at once, in the order that the schedule chooses.

use super::case::{Case, Got, seconds};
use super::{Act, check};
use crate::sync::model;

const ACTS: [Act; 6] = [Act::Succeed, Act::Succeed, Act::Fail, Act::Refuse, Act::Panic, Act::Vanish];

#[test]
fn any_calls_in_any_order_keep_every_promise() {
    check(async |case| {
        case.logins_do((0..3).map(|_| ACTS[model::pick(ACTS.len())]));
        let callers: Vec<_> = (0..3).map(|_| case.task(async |case| some_calls(case).await)).collect();
        let time = case.task(async |_| {
            // Only once: a login that does not run between two such steps is replaced, and another may begin.
            model::advance([seconds(1), seconds(2), seconds(9)][model::pick(3)]);
        });
        for caller in callers {
            caller.await.unwrap();
        }
        time.await.unwrap();
        model::finish_tasks().await;
        case.agrees();
    });
}

async fn some_calls(case: Case) {
    let mut last: Option<Got> = None;
    for _ in 0..3 {
        match (model::pick(10), &last) {
            (0, Some(got)) => {
                case.invalidate(got);
            }
            (1, Some(got)) => {
                case.forget(got);
            }
            (2, _) => {
                case.at_hand();
            }
            (3, _) => {
                case.peek();
            }
            (4, _) => case.cache.clear_cooldown(),
            (5, _) => drop(case.begins_to_wait()),
            (6 | 7, _) => {
                // The call may fail, because its login may.
                if let Ok(lent) = case.for_request().await
                    && model::pick(3) == 0
                {
                    case.refused(lent);
                }
            }
            _ => last = case.current().await.ok().or(last),
        }
    }
}
