//! Which nodes share a key is named by its owner.

use idos_tests::key_nodes::{KeyNodes, Numbers};
use serde_json::Value;

use crate::scene::{Scene, text};

#[tokio::test(flavor = "multi_thread")]
async fn a_set_is_named_by_its_addresses_and_two_of_its_three_nodes_bring_a_key_back() {
    let scene = Scene::enter_with(Numbers { threshold: 2, nodes: 3, ..KeyNodes::USUAL }).await;
    let urls: Vec<_> = scene.nodes.set.nodes().iter().map(|node| node.url.as_str().to_owned()).collect();
    let file = scene.file("mine.json");
    let owner = scene.stage.role("owner", 2).unwrap();
    let name = |more: &[&str]| {
        let mut arguments = vec!["key", "nodes"];
        arguments.extend(urls.iter().map(String::as_str));
        arguments.extend(more);
        owner.run(&arguments).unwrap()
    };
    let named = name(&["--out", file.to_str().unwrap()]).done().unwrap();
    assert_eq!(named, serde_json::to_value(&scene.nodes.set).unwrap(), "more than half, and who they are");
    assert_eq!(serde_json::from_slice::<Value>(&std::fs::read(&file).unwrap()).unwrap(), named);
    assert!(name(&["--threshold", "4"]).done().is_err(), "more than there are");
    assert_eq!(name(&["--threshold", "3"]).done().unwrap()["threshold"], 3);

    let owner = owner.with_key_nodes(&file);
    let profile = owner.done(&["profile", "create"]).unwrap();
    let kdf = text(&profile["key_statement"]["statement"]["kdf"]);
    assert!(kdf.starts_with("mpc v1 t=2 n=3 "), "{kdf}");
    let mut scene = scene;
    scene.nodes.kill(3).unwrap();
    owner.done(&["key", "recover"]).unwrap();
    scene.nodes.kill(2).unwrap();
    owner.run(&["key", "recover"]).unwrap().refused("too_few_key_shares").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_shown_who_the_nodes_say_they_are_to_compare_it() {
    let scene = Scene::enter_with(Numbers { threshold: 2, nodes: 3, ..KeyNodes::USUAL }).await;
    let owner = scene.stage.role("owner", 2).unwrap();
    let mut command = owner.command_for_people(&["key", "nodes"]).unwrap();
    command.args(scene.nodes.set.nodes().iter().map(|node| node.url.as_str()));
    let said = String::from_utf8(command.output().unwrap().stdout).unwrap();
    for node in scene.nodes.set.nodes() {
        assert!(said.contains(&node.did.to_string()), "{said}");
    }
    assert!(said.contains("compare its DID"), "{said}");
}
