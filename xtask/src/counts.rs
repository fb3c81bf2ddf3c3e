//! Reads from what a test runner wrote how many tests passed and failed.
//! Knows libtest (and wasm-bindgen-test, which writes alike) and Node's runner in both its forms.

use crate::command::Ended;

/// Tests, or checks that are as good as one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// That did what they should.
    pub passed: usize,
    /// That did not, or were never run because something before them failed.
    pub failed: usize,
}

impl Counts {
    /// One check.
    pub fn check(success: bool) -> Self {
        Self { passed: usize::from(success), failed: usize::from(!success) }
    }

    /// Adds others.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// What a runner's output says. A runner that failed without saying how often failed once;
    /// one that ran no test at all proves nothing, which is a failure as well.
    pub fn of_tests(ended: &Ended) -> Self {
        let mut counts = Self::default();
        for line in &ended.lines {
            counts.add(libtest(line).or_else(|| node(line)).unwrap_or_default());
        }
        if counts.failed == 0 && (!ended.success || counts.passed == 0) {
            counts.failed = 1;
        }
        counts
    }
}

/// `test result: ok. 3 passed; 0 failed; …`
fn libtest(line: &str) -> Option<Counts> {
    let (_, numbers) = line.trim().strip_prefix("test result: ")?.split_once(". ")?;
    let number = |what: &str| numbers.split("; ").find_map(|part| part.strip_suffix(what)?.trim().parse().ok());
    Some(Counts { passed: number("passed")?, failed: number("failed")? })
}

/// `# pass 3`, or `ℹ pass 3` where Node writes for people.
fn node(line: &str) -> Option<Counts> {
    let line = line.trim();
    let (what, number) = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ "))?.split_once(' ')?;
    let number = number.parse().ok()?;
    match what {
        "pass" => Some(Counts { passed: number, failed: 0 }),
        "fail" | "cancelled" => Some(Counts { passed: 0, failed: number }),
        _ => None,
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    fn check(success: bool, output: &str, passed: usize, failed: usize) {
        let ended = Ended { success, lines: output.lines().map(str::to_owned).collect() };
        assert_eq!(Counts::of_tests(&ended), Counts { passed, failed }, "{output}");
    }

    #[test]
    fn reads_what_runners_write() {
        check(true, "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s", 3, 0);
        check(false, "test result: ok. 3 passed; 0 failed; 0 ignored\ntest result: FAILED. 1 passed; 2 failed; 0 ignored", 4, 2);
        check(true, "# tests 2\n# pass 2\n# fail 0", 2, 0);
        check(false, "ℹ tests 3\nℹ pass 1\nℹ fail 1\nℹ cancelled 1\nℹ duration_ms 7.5", 1, 2);
    }

    #[test]
    fn never_takes_silence_for_success() {
        check(true, "", 0, 1);
        check(false, "error: could not compile", 0, 1);
        check(false, "test result: ok. 3 passed; 0 failed; 0 ignored\nerror: could not compile", 3, 1);
    }
}
