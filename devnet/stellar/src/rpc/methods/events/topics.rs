//! Which topics an event must have.

use stellar_xdr::ScVal;

use crate::rpc::format::decode;

/// Segments of a filter, without a last `**`.
const SEGMENTS_MAX: usize = 4;

/// Topics one by one.
#[derive(Debug, PartialEq)]
pub(super) struct TopicFilter {
    segments: Vec<Segment>,
    /// Whether the filter ends in `**`: then there may be more topics.
    more: bool,
}

#[derive(Debug, PartialEq)]
enum Segment {
    /// `*`
    Any,
    Exactly(Box<ScVal>),
}

impl TopicFilter {
    /// Reads segments: `*` for any one topic, `**` at the end for any number of them, or a value in base64.
    pub fn read(texts: &[String]) -> Result<Self, String> {
        if texts.is_empty() {
            return Err("topic must have at least 1 segment".to_owned());
        }
        let (texts, more) = match texts.split_last() {
            Some((last, before)) if last == "**" => (before, true),
            _ => (texts, false),
        };
        if let Some(index) = texts.iter().position(|text| text == "**") {
            let number = index + 1;
            return Err(format!(
                "segment {number} invalid: wildcard '**' is only allowed as the last segment"
            ));
        }
        if texts.len() > SEGMENTS_MAX {
            return Err(format!("topic cannot have more than {SEGMENTS_MAX} segments"));
        }
        let segment = |(index, text): (usize, &String)| {
            Segment::read(text).map_err(|why| format!("segment {} invalid: {why}", index + 1))
        };
        Ok(Self { segments: texts.iter().enumerate().map(segment).collect::<Result<_, _>>()?, more })
    }

    pub fn matches(&self, topics: &[ScVal]) -> bool {
        let enough =
            if self.more { topics.len() >= self.segments.len() } else { topics.len() == self.segments.len() };
        enough && self.segments.iter().zip(topics).all(|(segment, topic)| segment.matches(topic))
    }
}

impl Segment {
    fn read(text: &str) -> Result<Self, String> {
        match text {
            "*" => Ok(Self::Any),
            text => decode(text)
                .map(|value| Self::Exactly(Box::new(value)))
                .map_err(|error| format!("it is neither '*' nor an ScVal in base64: {error}")),
        }
    }

    fn matches(&self, topic: &ScVal) -> bool {
        match self {
            Self::Any => true,
            Self::Exactly(value) => **value == *topic,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::format::base64;

    fn read(segments: &[&str]) -> Result<TopicFilter, String> {
        let texts: Vec<String> = segments.iter().map(|text| (*text).to_owned()).collect();
        TopicFilter::read(&texts)
    }

    #[test]
    fn topics_match_by_segment_and_number() {
        let one = base64(&ScVal::U32(1)).unwrap();
        let rows: [(&[&str], &[u32], bool); 12] = [
            (&["*"], &[1], true),
            (&["*"], &[1, 2], false),
            (&["*"], &[], false),
            (&["**"], &[], true),
            (&["**"], &[1, 2, 3, 4], true),
            (&[&one], &[1], true),
            (&[&one], &[2], false),
            (&[&one, "**"], &[1], true),
            (&[&one, "**"], &[1, 2, 3], true),
            (&[&one, "**"], &[2, 1], false),
            (&["*", &one], &[2, 1], true),
            (&["*", &one, "*", "**"], &[2, 1], false),
        ];
        for (segments, topics, expected) in rows {
            let topics: Vec<ScVal> = topics.iter().copied().map(ScVal::U32).collect();
            assert_eq!(read(segments).unwrap().matches(&topics), expected, "{segments:?} {topics:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_in_stellar_rpcs_words() {
        let rows: [(&[&str], &str); 5] = [
            (&[], "topic must have at least 1 segment"),
            (&["**", "*"], "segment 1 invalid: wildcard '**' is only allowed as the last segment"),
            (&["**", "**"], "segment 1 invalid: wildcard '**' is only allowed as the last segment"),
            (&["*"; 5], "topic cannot have more than 4 segments"),
            (&["*", "***"], "segment 2 invalid: "),
        ];
        for (segments, why) in rows {
            let said = read(segments).unwrap_err();
            assert!(said.starts_with(why), "{segments:?}: {said}");
        }
        assert!(read(&["*", "*", "*", "*", "**"]).is_ok());
    }
}
