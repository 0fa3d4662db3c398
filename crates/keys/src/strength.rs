//! How hard a password is to guess, by [zxcvbn](https://www.usenix.org/conference/usenixsecurity16/technical-sessions/presentation/wheeler)'s estimate: it knows common
//! passwords, names, words, dates, keyboard patterns and what people do to them.
//!
//! Whoever holds ciphertext and public key, a node's operator or a thief, may try passwords for as long as they like. The derivation slows each try down; the password
//! decides how many are needed.

use std::fmt;

use zxcvbn::{feedback::Feedback, zxcvbn};

/// A new password must take this many guesses, as a power of ten: 10^12, three years at ten thousand a second, for which the first choice of
/// [`Kdf`](crate::Kdf) keeps some thousands of processors busy.
pub const MIN_GUESSES_LOG10: f64 = 12.0;

/// What people take because it is about this, and what whoever guesses tries early.
const EXPECTED: [&str; 3] = ["idos", "facesign", "kyc"];

/// An estimate. It says nothing about the password itself.
#[derive(Debug, Clone)]
pub struct Strength {
    guesses_log10: f64,
    feedback: Option<Feedback>,
}

impl Strength {
    /// Estimates `password`. Only its first hundred characters are looked at; more than that only help.
    pub fn of(password: &str) -> Self {
        let estimate = zxcvbn(password, &EXPECTED);
        Self { guesses_log10: estimate.guesses_log10(), feedback: estimate.feedback().cloned() }
    }

    /// How many guesses it takes, as a power of ten.
    pub fn guesses_log10(&self) -> f64 {
        self.guesses_log10
    }

    /// The same, for a new password.
    ///
    /// # Errors
    /// If it is below [`MIN_GUESSES_LOG10`].
    pub fn for_a_new_key(password: &str) -> Result<Self, WeakPassword> {
        let strength = Self::of(password);
        if strength.guesses_log10 < MIN_GUESSES_LOG10 { Err(WeakPassword(strength)) } else { Ok(strength) }
    }

    fn advice(&self) -> String {
        let Some(feedback) = &self.feedback else { return String::new() };
        let warning = feedback.warning().map(|warning| warning.to_string());
        let suggestions = feedback.suggestions().iter().map(|suggestion| suggestion.to_string());
        warning.into_iter().chain(suggestions).map(|sentence| format!(" {sentence}")).collect()
    }
}

impl fmt::Display for Strength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.guesses_log10 {
            guesses if guesses < MIN_GUESSES_LOG10 => "weak",
            guesses if guesses < 16.0 => "good",
            _ => "strong",
        };
        write!(f, "{word}: about 10^{:.0} guesses", self.guesses_log10.floor())
    }
}

/// A password that is guessed too soon.
#[derive(Debug, Clone, thiserror::Error)]
#[error(
    "this password is too {strength}, and 10^{MIN_GUESSES_LOG10} are needed: whoever holds your encrypted data may guess as long as they like. Take four or more \
     uncommon words that do not belong together.{advice}",
    strength = .0,
    advice = .0.advice()
)]
pub struct WeakPassword(Strength);

impl WeakPassword {
    /// How hard it is to guess.
    pub fn strength(&self) -> &Strength {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_often_take_is_refused() {
        let common = [
            "",
            "a",
            "password",
            "Passw0rd!",
            "P@ssw0rd123!",
            "qwertyuiop1234567890",
            "iloveyou2024",
            "19840513",
            "aaaaaaaaaaaaaaaaaaaaaaaa",
            "abcabcabcabcabc",
            "jennifer1990",
            "idos facesign kyc",
            "tr0ub4dour",
            "летмеин",
        ];
        for password in common {
            assert!(Strength::for_a_new_key(password).is_err(), "{password}: {}", Strength::of(password));
        }
    }

    #[test]
    fn several_words_or_random_characters_are_enough() {
        for password in [
            "correct horse battery staple",
            "gravel lantern mishap ocelot",
            "vK8#qZr2!mWx9",
            "kolme punaista nallea lentää",
            "пароль 密码 🔑 совершенно случайно",
        ] {
            let strength = Strength::for_a_new_key(password).unwrap();
            assert!(strength.guesses_log10() >= MIN_GUESSES_LOG10, "{password}");
        }
    }

    #[test]
    fn a_refusal_says_what_to_do_and_not_the_password() {
        for password in ["jennifer1990", "qwertyuiop", "zzyzx"] {
            let refused = Strength::for_a_new_key(password).unwrap_err();
            let texts = [refused.to_string(), format!("{refused:?}"), format!("{:?}", refused.strength())];
            assert!(
                texts[0].contains("10^12 are needed") && texts[0].contains("four or more"),
                "{}",
                texts[0]
            );
            assert!(texts.iter().all(|text| !text.contains(password)), "{texts:?}");
        }
    }

    #[test]
    fn the_longest_password_is_estimated_at_once() {
        let longest = "gravel lantern ".repeat(crate::password::MAX_PASSWORD_LEN / 15);
        assert!(Strength::of(&longest).guesses_log10() > 8.0);
    }
}
