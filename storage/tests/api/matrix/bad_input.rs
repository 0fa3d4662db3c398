//! Every route, asked in ways in which it must not be asked, by whoever may ask it.
//!
//! A cell says what came of it; where a fault has several forms (each field of a body in turn, a clock that is early or late) it says every answer
//! that any of them got. One that begins with a dash says why there is nothing to spoil. No cell is a server error.

mod at_once;
mod fault;
mod json;

use std::collections::BTreeSet;

use self::fault::Fault;
use super::{request::ROWS, scene::Scene, stated, table};

#[tokio::test]
async fn whatever_is_wrong_with_a_request_is_refused_alike_and_is_never_the_nodes_error() {
    let mut columns = Vec::new();
    for fault in Fault::ALL {
        columns.push(answers(fault).await);
    }
    let mut table = table("route", Fault::ALL.map(Fault::name));
    for (index, row) in ROWS.iter().enumerate() {
        let cells = columns.iter().map(|column| column[index].clone());
        table.add_row(std::iter::once(row.to_string()).chain(cells));
    }
    insta::assert_snapshot!("bad_input", table.to_string());
}

/// What one fault gets, at each route. A scene of its own, so that what is taken all the same is not missing for the next.
async fn answers(fault: Fault) -> Vec<String> {
    let scene = Scene::set().await;
    let mut cells = Vec::new();
    for row in ROWS {
        let requests = match fault.spoil(&scene, row).await {
            Ok(requests) => requests,
            Err(reason) => {
                cells.push(format!("- {reason}"));
                continue;
            }
        };
        let mut told = BTreeSet::new();
        for request in requests {
            let answer = scene.house.ask(request).await;
            assert!(answer.status < 500, "{row}, {}: {} {}", fault.name(), answer.status, answer.text());
            told.insert(stated(&answer));
        }
        cells.push(Vec::from_iter(told).join(", "));
    }
    cells
}
