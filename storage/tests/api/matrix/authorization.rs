//! Every role against every route of the OpenAPI document. A route that has no row fails the test, and so does a row without a route; a changed
//! answer shows as a changed cell of the snapshot.

use std::collections::BTreeSet;

use super::{
    listed,
    request::{ROWS, Row},
    role::Role,
    scene::Scene,
    stated, table,
};

#[tokio::test]
async fn every_role_gets_the_stated_answer_from_every_route() {
    let mut columns = Vec::new();
    for role in Role::ALL {
        columns.push(answers(role).await);
    }
    let mut table = table("route", Role::ALL.map(Role::name));
    for (index, row) in ROWS.iter().enumerate() {
        let cells = columns.iter().map(|column| column[index].clone());
        table.add_row(std::iter::once(row.to_string()).chain(cells));
    }
    insta::assert_snapshot!("authorization", table.to_string());
}

/// What one role gets. A scene of its own, so that what one may do (delete, say) is not missing for the next.
async fn answers(role: Role) -> Vec<String> {
    let scene = Scene::set().await;
    let mut answers = Vec::new();
    for row in ROWS {
        let answer = scene.ask(role, row).await;
        let rows = listed::whose(&scene, role, row, &answer).map(|rows| format!(": {rows}"));
        answers.push(stated(&answer) + &rows.unwrap_or_default());
    }
    answers
}

#[test]
fn no_route_is_without_a_row() {
    let documented: BTreeSet<String> = documented().collect();
    let in_rows: BTreeSet<String> = ROWS.iter().map(Row::route).collect();
    let unstated: Vec<_> = documented.difference(&in_rows).collect();
    assert!(unstated.is_empty(), "say who may call these, in request.rs: {unstated:?}");
    let gone: Vec<_> = in_rows.difference(&documented).collect();
    assert!(gone.is_empty(), "these routes are no more: {gone:?}");
}

/// `METHOD path` of each operation.
fn documented() -> impl Iterator<Item = String> {
    const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
    let document = serde_json::to_value(idos_storage::openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap().clone();
    paths.into_iter().flat_map(|(path, operations)| {
        let methods = METHODS.iter().filter(move |method| operations.get(**method).is_some());
        methods.map(move |method| format!("{} {path}", method.to_uppercase())).collect::<Vec<_>>()
    })
}
