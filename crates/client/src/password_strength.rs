//! How hard a password is to guess, judged before a key follows from it: whoever has the ciphertext can guess as often as the key derivation lets him, for ever.

use std::fmt;

use serde::Serialize;
use zxcvbn::{Score, zxcvbn};

use crate::ClientError;

/// A judgement by [zxcvbn](https://www.usenix.org/conference/usenixsecurity16/technical-sessions/presentation/wheeler): words, names, dates, keyboard paths and
/// repetitions are guessed before random characters are.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PasswordStrength {
    /// 0 (guessed at once) to 4.
    pub score: u8,
    /// The decimal logarithm of the guesses that it takes.
    pub guesses_log10: f64,
    /// What is wrong with it, and what is better; empty for a good one.
    pub advice: Vec<String>,
}

impl PasswordStrength {
    /// The least score of a new password: 10⁸ guesses or more, each of which takes a key derivation with 128 MiB of memory.
    pub const LEAST: u8 = 3;

    /// Of `password`. `known` is what an attacker tries first: names of the owner and of the service.
    pub fn of(password: &str, known: &[&str]) -> Self {
        let entropy = zxcvbn(password, known);
        let mut advice = Vec::new();
        if let Some(feedback) = entropy.feedback() {
            advice.extend(feedback.warning().map(|warning| warning.to_string()));
            advice.extend(feedback.suggestions().iter().map(ToString::to_string));
        }
        let score = match entropy.score() {
            Score::Zero => 0,
            Score::One => 1,
            Score::Two => 2,
            Score::Three => 3,
            _ => 4,
        };
        Self { score, guesses_log10: entropy.guesses_log10(), advice }
    }

    /// Refuses what is too easily guessed.
    ///
    /// # Errors
    /// [`ClientError::WeakPassword`] with advice.
    pub fn check(&self) -> Result<(), ClientError> {
        if self.score >= Self::LEAST {
            return Ok(());
        }
        Err(ClientError::WeakPassword { strength: self.to_string(), advice: self.advice.join(" ") })
    }
}

impl fmt::Display for PasswordStrength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of 4, about 10^{:.0} guesses", self.score, self.guesses_log10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_guessed_first_is_refused_with_advice() {
        let table = [
            ("", false),
            ("password1", false),
            ("qwertyuiop", false),
            ("12345678901234567890", false),
            ("idOS2026", false),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
            ("correct horse battery staple", true),
            ("k3#vP9!xQz7&", true),
        ];
        for (password, is_good) in table {
            let strength = PasswordStrength::of(password, &["idOS"]);
            let checked = strength.check();
            assert_eq!(checked.is_ok(), is_good, "{password}: {strength}");
            if let Err(error) = checked {
                assert_eq!(error.code(), "weak_password");
                assert!(!error.to_string().contains(password) || password.is_empty(), "it is not repeated");
                assert!(!strength.advice.is_empty(), "{password}");
            }
        }
    }
}
