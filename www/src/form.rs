//! The rules for what people type, and the words for what is wrong. Never changes what was typed, except
//! for the space around it; never says anything about a field to the tracker but its name and the rule.

/// Longest line of an address, in characters: more than any label has room for.
const LINE_CHARACTERS_MAX: usize = 80;
/// Longest e-mail address, in characters (RFC 5321).
const EMAIL_CHARACTERS_MAX: usize = 254;

/// One field that was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The field's name.
    pub field: &'static str,
    /// Which rule it broke: `required`, `format`, `too_long`.
    pub rule: &'static str,
    /// What to do about it.
    pub words: &'static str,
}

/// The fields that were refused, in the order of the form.
pub type Refusals = Vec<Refusal>;

/// An input of a form with everything its template needs.
#[derive(Debug)]
pub struct Input {
    /// Its id and name.
    pub id: &'static str,
    /// Its label.
    pub label: &'static str,
    /// A sentence of help under the label; may be empty.
    pub hint: &'static str,
    /// What it holds.
    pub value: String,
    /// `text`, `email`, …
    pub kind: &'static str,
    /// What a browser may fill in.
    pub autocomplete: &'static str,
    /// `numeric` or `text`: the keyboard of a phone.
    pub inputmode: &'static str,
    /// `short`, `half` or empty: how wide it is.
    pub width: &'static str,
    /// What is wrong with it; empty if nothing is.
    pub error: &'static str,
}

impl Input {
    /// A line of text.
    pub fn text(id: &'static str, label: &'static str, autocomplete: &'static str, value: &str, refusals: &[Refusal]) -> Self {
        let error = refusals.iter().find(|refusal| refusal.field == id).map_or("", |refusal| refusal.words);
        let value = value.into();
        Self { id, label, hint: "", value, kind: "text", autocomplete, inputmode: "text", width: "", error }
    }

    /// The same input for digits.
    #[must_use]
    pub fn numeric(self) -> Self {
        Self { inputmode: "numeric", ..self }
    }

    /// The same input in another width.
    #[must_use]
    pub fn wide(self, width: &'static str) -> Self {
        Self { width, ..self }
    }

    /// The same input with a sentence of help.
    #[must_use]
    pub fn hint(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }
}

/// Collects what is wrong while a form is read.
#[derive(Debug, Default)]
pub struct Check {
    refusals: Refusals,
}

impl Check {
    /// Notes that a field is refused.
    pub fn refuse(&mut self, field: &'static str, rule: &'static str, words: &'static str) {
        self.refusals.push(Refusal { field, rule, words });
    }

    /// A line of an address; `missing` says what to enter.
    pub fn line(&mut self, field: &'static str, typed: &str, missing: &'static str) -> String {
        let line = typed.trim();
        if line.is_empty() {
            self.refuse(field, "required", missing);
        } else if line.chars().count() > LINE_CHARACTERS_MAX {
            self.refuse(field, "too_long", "This is longer than a label: use 80 characters or fewer.");
        } else if line.chars().any(char::is_control) || !line.chars().any(char::is_alphanumeric) {
            self.refuse(field, "format", missing);
        }
        line.into()
    }

    /// An e-mail address: something, an @, and a domain with a point. Whether it exists, only a mail shows.
    pub fn email(&mut self, field: &'static str, typed: &str) -> String {
        let email = typed.trim();
        let domain = |domain: &str| {
            let mut labels = domain.split('.');
            domain.contains('.') && labels.all(|l| !l.is_empty() && l.chars().all(|c| c.is_alphanumeric() || c == '-'))
        };
        let valid = email.chars().count() <= EMAIL_CHARACTERS_MAX
            && !email.chars().any(|c| c.is_whitespace() || c.is_control() || "<>()\",;:".contains(c))
            && email.rsplit_once('@').is_some_and(|(user, host)| !user.is_empty() && !user.contains('@') && domain(host));
        if email.is_empty() {
            self.refuse(field, "required", "Enter your email address.");
        } else if !valid {
            self.refuse(field, "format", "Enter an email address such as name@example.fr.");
        }
        email.into()
    }

    /// A French postcode: five digits, spaces allowed.
    pub fn postcode(&mut self, field: &'static str, typed: &str) -> String {
        let postcode: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
        if postcode.is_empty() {
            self.refuse(field, "required", "Enter the postcode.");
        } else if postcode.len() != 5 || !postcode.bytes().all(|b| b.is_ascii_digit()) {
            self.refuse(field, "format", "Enter the five digits of the postcode, such as 69007.");
        }
        postcode
    }

    /// The value, unless something was refused.
    ///
    /// # Errors
    /// The refusals, in the order in which they were noted.
    pub fn finish<T>(self, value: T) -> Result<T, Refusals> {
        if self.refusals.is_empty() { Ok(value) } else { Err(self.refusals) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(run: impl Fn(&mut Check) -> String, expected: Result<&str, &str>) {
        let mut check = Check::default();
        let value = run(&mut check);
        let found = check.finish(value).map_err(|refusals| refusals[0].rule);
        assert_eq!(found.as_deref().map_err(|rule| *rule), expected);
    }

    #[test]
    fn reads_email_addresses() {
        check(|c| c.email("email", " camille@example.fr "), Ok("camille@example.fr"));
        check(|c| c.email("email", "a.b+c@sub.example.museum"), Ok("a.b+c@sub.example.museum"));
        check(|c| c.email("email", ""), Err("required"));
        for wrong in ["camille", "@example.fr", "a@b", "a@b..fr", "a b@example.fr", "a@b@c.fr", "<a@b.fr>"] {
            check(|c| c.email("email", wrong), Err("format"));
        }
    }

    #[test]
    fn reads_lines_and_postcodes() {
        check(|c| c.line("city", " Lyon ", "Enter it."), Ok("Lyon"));
        check(|c| c.line("city", " ", "Enter it."), Err("required"));
        check(|c| c.line("city", "???", "Enter it."), Err("format"));
        check(|c| c.line("city", &"x".repeat(81), "Enter it."), Err("too_long"));
        check(|c| c.postcode("postcode", "69 007"), Ok("69007"));
        check(|c| c.postcode("postcode", "6900"), Err("format"));
        check(|c| c.postcode("postcode", ""), Err("required"));
    }
}
