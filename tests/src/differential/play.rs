//! A script on one chain, beside the model.

use std::collections::BTreeSet;

use anyhow::Result;

use super::{Call, Chain, GrantRef, Model, Question, Step};

/// Where a chain and the model part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The number of the step, from 0.
    pub step: usize,
    /// What the model says, and what the chain.
    pub what: String,
}

/// Questions at the end of a script, of all that it touched.
const QUESTIONS_AT_END: usize = 30;

/// Plays a script on new contracts. `None`: they are the model.
pub(super) fn play(chain: &mut dyn Chain, script: &[Step]) -> Result<Option<Mismatch>> {
    let Some(first) = script.first() else { return Ok(None) };
    chain.begin(first.at)?;
    let mut model = Model::of(chain);
    let mut touched = BTreeSet::new();
    for (number, step) in script.iter().enumerate() {
        let about = about(step);
        // A batch is asked about in part: a view costs as much as a call.
        let one = about.get(number % about.len().max(1)).copied();
        let asked: Vec<_> = one.into_iter().chain([head(step)]).collect();
        touched.extend(about);
        if let Some(what) = play_step(chain, &mut model, step, &asked)? {
            return Ok(Some(Mismatch { step: number, what }));
        }
    }
    let every = touched.len().div_ceil(QUESTIONS_AT_END).max(1);
    let asked: Vec<_> = touched.into_iter().step_by(every).collect();
    if let Some(what) = compare_views(chain, &model, &asked)? {
        let step = script.len().saturating_sub(1);
        return Ok(Some(Mismatch { step, what: format!("in the end: {what}") }));
    }
    Ok(None)
}

fn play_step(
    chain: &mut dyn Chain,
    model: &mut Model,
    step: &Step,
    asked: &[Question],
) -> Result<Option<String>> {
    let mut expected = model.play(step);
    if !chain.tells_arguments() {
        expected = expected.without_arguments();
    }
    let found = chain.play(step)?;
    if found != expected {
        return Ok(Some(format!("the model: {expected:?}\nthe contract: {found:?}")));
    }
    compare_views(chain, model, asked)
}

fn compare_views(chain: &mut dyn Chain, model: &Model, asked: &[Question]) -> Result<Option<String>> {
    let found = chain.ask(asked)?;
    let expected: Vec<_> = asked.iter().map(|question| model.answer(question)).collect();
    anyhow::ensure!(found.len() == expected.len(), "{} answers to {} questions", found.len(), asked.len());
    let differs =
        asked.iter().zip(expected.iter().zip(&found)).find(|(_, (expected, found))| expected != found);
    Ok(differs.map(|(question, (expected, found))| {
        format!("{question:?}\nthe model: {expected:?}\nthe contract: {found:?}")
    }))
}

fn head(step: &Step) -> Question {
    match step.call {
        Call::SetStatus { .. } | Call::SetStatusWords { .. } => Question::StatusesHead,
        _ => Question::GrantsHead,
    }
}

/// What a step is about.
fn about(Step { by, call, .. }: &Step) -> Vec<Question> {
    let grant = |grant: GrantRef| Question::Grant { owner: *by, grant };
    match call {
        Call::CreateGrant(one) | Call::ExtendTimelock(one) => vec![grant(one.of())],
        Call::RevokeGrant(one) => vec![grant(*one)],
        Call::CreateGrants(all) => all.iter().map(|one| grant(one.of())).collect(),
        Call::RevokeGrants(all) => all.iter().map(|one| grant(*one)).collect(),
        Call::SetStatus { list, index, .. } if *index < idos_grants::status::LIST_SIZE => {
            vec![Question::Status { issuer: *by, list: *list, index: *index }]
        }
        Call::SetStatus { .. } => Vec::new(),
        Call::SetStatusWords { list, purpose, changes } => {
            let words = changes.iter().filter(|change| change.word_index < 512);
            let word =
                |word_index| Question::Word { issuer: *by, list: *list, purpose: *purpose, word_index };
            words.map(|change| word(change.word_index)).collect()
        }
    }
}
