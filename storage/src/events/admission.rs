//! How many streams there may be.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use uuid::Uuid;

use crate::error::ServiceError;

/// Streams of one profile at a time.
const STREAMS_A_PROFILE: usize = 8;

/// Counts streams.
#[derive(Debug)]
pub(super) struct Admission {
    open: Mutex<HashMap<Uuid, usize>>,
    max: usize,
}

/// That a stream is counted, until this is dropped.
#[derive(Debug)]
pub(super) struct Admitted {
    admission: Arc<Admission>,
    profile: Uuid,
}

impl Admission {
    pub(super) fn new(max: usize) -> Arc<Self> {
        Arc::new(Self { open: Mutex::new(HashMap::new()), max })
    }

    /// Lets in one more.
    ///
    /// # Errors
    /// If the profile, or the node, has too many.
    pub(super) fn admit(self: &Arc<Self>, profile: Uuid) -> Result<Admitted, ServiceError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.values().sum::<usize>() >= self.max {
            return Err(ServiceError::Busy);
        }
        let own = open.entry(profile).or_default();
        if *own >= STREAMS_A_PROFILE {
            return Err(ServiceError::LimitReached("too many of your streams are open: close one first"));
        }
        *own += 1;
        Ok(Admitted { admission: self.clone(), profile })
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut open = self.admission.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = open.get_mut(&self.profile) {
            *own -= 1;
            if *own == 0 {
                open.remove(&self.profile);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_bounded_by_profile_and_in_all_and_a_closed_one_makes_room() {
        let admission = Admission::new(STREAMS_A_PROFILE + 1);
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut streams: Vec<_> = (0..STREAMS_A_PROFILE).map(|_| admission.admit(one).unwrap()).collect();
        assert!(matches!(admission.admit(one), Err(ServiceError::LimitReached(_))));
        let last = admission.admit(other).unwrap();
        assert!(matches!(admission.admit(other), Err(ServiceError::Busy)));
        drop(last);
        drop(streams.pop());
        assert!(admission.admit(one).is_ok());
        drop(streams);
        assert!(admission.open.lock().unwrap().is_empty(), "nothing is kept of who has gone");
    }
}
