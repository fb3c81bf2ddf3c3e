//! Query strings of `/b/ss`: escaped texts, and groups of them. Knows no parameter.

/// The parameters of a query, in order; those of groups under their whole path (`c.a.b`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters(pub Vec<(String, String)>);

impl Parameters {
    /// Reads a query string. A group that is never closed holds what follows, to the end, as it does at Adobe.
    pub fn read(query: &str) -> Self {
        let mut parameters = Vec::new();
        let mut groups: Vec<String> = Vec::new();
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').map_or((part, None), |(name, value)| (name, Some(value)));
            let name = unescaped(name);
            if let Some(value) = value {
                parameters.push((groups.concat() + &name, unescaped(value)));
            } else if let Some(closed) = name.strip_prefix('.') {
                // What was opened within it and not closed ends with it; what was never opened ends nothing.
                let open = groups.iter().rposition(|group| group.strip_suffix('.') == Some(closed));
                groups.truncate(open.unwrap_or(groups.len()));
            } else if name.ends_with('.') && groups.len() < GROUPS_MAX {
                groups.push(name);
            }
        }
        Self(parameters)
    }

    /// The value of a parameter, by any of its names separated by spaces; empty if there is none. What is said later stands.
    pub fn text(&self, names: &str) -> &str {
        let named = self.0.iter().rev().find(|(name, value)| names.split(' ').any(|known| known == name) && !value.is_empty());
        named.map_or("", |(_, value)| value)
    }
}

/// Groups within each other; paths deeper than that are nobody's.
const GROUPS_MAX: usize = 64;

/// A text without its escapes. A plus is a space: who means a plus escapes it.
fn unescaped(text: &str) -> String {
    let mut bytes = text.as_bytes().iter();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        let digits = bytes.as_slice();
        out.push(match byte {
            b'+' => b' ',
            b'%' => match digits.first().zip(digits.get(1)).and_then(|(high, low)| Some(hex(*high)? << 4 | hex(*low)?)) {
                Some(escaped) => {
                    bytes.nth(1);
                    escaped
                }
                None => b'%',
            },
            _ => *byte,
        });
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(query: &str, expected: &str) {
        let Parameters(found) = Parameters::read(query);
        let found: Vec<String> = found.iter().map(|(name, value)| [name.as_str(), "=", value].concat()).collect();
        assert_eq!(found.join(" "), expected);
    }

    #[test]
    fn reads_groups_and_escapes() {
        check("a=1&&b=%2B%20+%e2%82%AC", "a=1 b=+  \u{20ac}");
        check("a=100%&b=%zz&c=%E2%82&d", "a=100% b=%zz c=\u{fffd}");
        check("c.&a.&b=1&.a&a=2&.c&d=3", "c.a.b=1 c.a=2 d=3");
        // Not closed; closed from outside; closed without being open.
        check("c.&a=1&AQE=1", "c.a=1 c.AQE=1");
        check("c.&a.&b=1&.c&d=3", "c.a.b=1 d=3");
        check("c.&a=1&.b&d=3&.c&e=4", "c.a=1 c.d=3 e=4");
    }
}
