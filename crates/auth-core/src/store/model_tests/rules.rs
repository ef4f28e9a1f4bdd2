//! The rules that hold in every state, and the record of those that were broken on the way to a state.

use std::fmt;

/// The broken rules, as bits.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Broken(u32);

impl Broken {
    /// Records that a rule is broken unless it `holds`.
    pub(super) fn unless(&mut self, holds: bool, rule: Rule) {
        if !holds {
            self.0 |= 1 << rule as u32;
        }
    }

    pub(super) fn is_none(self) -> bool {
        self.0 == 0
    }
}

/// Names them. A state of a counterexample is shown with them.
impl fmt::Debug for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(RULES.iter().filter(|(rule, _)| self.0 & (1 << *rule as u32) != 0)).finish()
    }
}

macro_rules! rules {
    ($($rule:ident: $name:literal,)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Rule { $($rule,)* }

        const RULES: &[(Rule, &str)] = &[$((Rule::$rule, $name),)*];
    };
}

rules! {
    S1: "S1: an older login never replaces a newer record",
    S2: "S2: a late removal never deletes a newer record",
    S3: "S3: a record expires no later than its credential",
    S4: "S4: when a lease ends while its holder lives, both are served",
    S5: "S5: no fault of the store fails a caller",
    S6: "S6: no record is used that does not open, or is not newer than what is known",
    S7: "S7: a wrong password is sent at most twice in the first minute",
    S8: "S8: a record is above all fences that its publisher knows",
    S9: "S9: a look adopts a newer record, and never logs in",
    S10: "S10: one process sends a refresh token",
    S11: "S11: an outage holds callers back only if logins from two machines failed within 2 min",
    S12: "S12: during the pause of a shared outage no login is sent, and a caller asks again within 2 s",
    S13: "S13: no report is believed that is older than another, or for longer than 2 min",
    P1: "P1: no expired credential is adopted",
    P7: "P7: no login is sent while another process's refusal forbids it",
    P11: "P11: no invalidated credential is adopted",
    Adopts: "a newer usable record is adopted instead of a login",
    OneLogin: "without faults, only a takeover makes a second login run at once",
    Patience: "a holder gets 5 s, and all holders together 12 s",
    Bound: "no caller waits for longer than 12 s, or asks without end",
    Session: "with single_session no holder is taken over",
    Passing: "an outage that one machine saw defers only renewals, for a quarter of what is left",
    Later: "a renewal never gets a credential that expires earlier",
    LeftBehind: "a process never waits for its own lease",
    Released: "an ended login leaves no lease",
}
