//! A fleet of processes with one store and one provider, as a model: what can happen next in a state.
//!
//! The decisions, the knowledge of a process, its cooldowns and the store's entry are the shipped code's. The model adds
//! the operations between them, each a step of its own, and the faults between any two steps.

use std::mem::take;

use stateright::{Model, Property};

use super::process::{Fault, Held, Process, Stage};
use super::world::World;
use crate::cache::cooldown::Failures;
use crate::cache::decision::Reason;

const HOUR_MS: i64 = 3_600_000;

/// The events that a scenario allows.
#[derive(Clone, Debug)]
pub(super) struct Fleet {
    pub(super) processes: u8,
    /// The refreshes of each process.
    pub(super) refreshes: u8,
    pub(super) single_session: bool,
    /// The answers to a login, besides none in time.
    pub(super) answers: &'static [Option<Fault>],
    /// The machines, at most two, on which the processes run in turn.
    pub(super) machines: usize,
    /// Logins may take up to their time-out.
    pub(super) is_slow: bool,
    /// The faults, and how many of them happen together.
    pub(super) faults: u8,
    pub(super) kinds: &'static [Kind],
    /// The answers that the store may give instead of the truth: see [`lies`].
    pub(super) lies: &'static [Delivery],
    /// A caller that an outage holds back calls again, without end.
    pub(super) persists: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// A request or an answer is lost, or a request comes late.
    Network,
    Crash,
    /// The task of a login is dropped with its runtime.
    Vanish,
    Pause,
    Flush,
    Revoke,
    Clock,
    StoreClock,
    ClearCooldown,
}

/// The fate of a request and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    Prompt,
    RequestLost,
    AnswerLost,
    /// The request arrives after its sender has stopped waiting.
    Late,
    /// The store answers this: see [`lies`].
    Lie(u8),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Action {
    Begin(usize, Reason),
    /// The process sends its next request to the store, and acts on the answer.
    Go(usize, Delivery),
    Remove(usize, Delivery),
    /// A request gets a 401 while a renewal runs.
    Unauthorized(usize),
    Answer(usize, Option<Fault>),
    /// Time passes, and each lease whose holder lives is extended, except for the one of this process.
    Tick(Option<usize>),
    /// Time passes until something ends, or soon will.
    Rest(bool),
    Arrive(usize),
    Crash(usize),
    Vanish(usize),
    Pause(usize),
    Wake(usize),
    Flush,
    Revoke,
    Shift(usize, i32),
    ShiftStore(i64),
    ClearCooldown(usize),
}

impl Fleet {
    /// Returns true if the store keeps its contract by a clock that runs.
    pub(super) fn is_honest(&self) -> bool {
        self.lies.is_empty() && !self.kinds.contains(&Kind::StoreClock)
    }

    fn deliveries(&self, state: &World, process: usize) -> &'static [Delivery] {
        use Delivery::{AnswerLost, Late, Prompt, RequestLost};
        let fails = state.faults > 0 && self.kinds.contains(&Kind::Network);
        let asks = state.now >= state.processes[process].alone_until;
        if !self.lies.is_empty() && matches!(state.processes[process].stage, Stage::Asking(_)) {
            self.lies
        } else if fails && asks {
            &[Prompt, RequestLost, AnswerLost, Late]
        } else {
            &[Prompt]
        }
    }

    fn begins(state: &World, index: usize, actions: &mut Vec<Action>) {
        let process = &state.processes[index];
        let is_revoked = |held: Held| state.logins[usize::from(held.login)].is_revoked;
        if !matches!(process.stage, Stage::Idle) && process.credential.is_some_and(is_revoked) {
            actions.push(Action::Unauthorized(index));
        }
        if process.refreshes == 0 || !matches!(process.stage, Stage::Idle) || process.is_paused {
            return;
        }
        let cools_down = state.now < process.cooldown_until;
        match process.serves(state.now) {
            None if !cools_down => actions.push(Action::Begin(index, Reason::Cold)),
            None => {}
            Some(held) => {
                if !cools_down && state.logins[usize::from(held.login)].sent < state.now {
                    actions.push(Action::Begin(index, Reason::Proactive));
                }
                if is_revoked(held) {
                    if !cools_down {
                        actions.push(Action::Begin(index, Reason::Forced));
                    }
                    actions.push(Action::Begin(index, Reason::Look));
                }
            }
        }
    }

    fn faults(&self, state: &World, actions: &mut Vec<Action>) {
        for kind in self.kinds {
            match kind {
                Kind::Flush => actions.push(Action::Flush),
                Kind::Revoke if state.logins.iter().any(|login| !login.is_revoked) => actions.push(Action::Revoke),
                Kind::StoreClock => actions.extend([HOUR_MS, -HOUR_MS].map(Action::ShiftStore)),
                Kind::Network | Kind::Revoke => {}
                kind => actions.extend((0..state.processes.len()).filter_map(|index| {
                    let process = &state.processes[index];
                    let is_idle = matches!(process.stage, Stage::Idle);
                    match kind {
                        Kind::Crash if !is_idle || process.credential.is_some() => Some(Action::Crash(index)),
                        Kind::Vanish if !is_idle => Some(Action::Vanish(index)),
                        Kind::Pause if !is_idle && !process.is_paused => Some(Action::Pause(index)),
                        Kind::ClearCooldown if is_idle => Some(Action::ClearCooldown(index)),
                        _ => None,
                    }
                })),
            }
            if *kind == Kind::Clock {
                for index in 0..state.processes.len() {
                    actions.extend([3_600, -3_600].map(|by| Action::Shift(index, by)));
                }
            }
        }
    }
}

impl Model for Fleet {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![World::new(self)]
    }

    fn actions(&self, state: &World, actions: &mut Vec<Action>) {
        for (index, process) in state.processes.iter().enumerate() {
            Self::begins(state, index, actions);
            if process.is_paused {
                actions.push(Action::Wake(index));
            } else if process.is_busy() {
                actions.extend(self.deliveries(state, index).iter().map(|delivery| Action::Go(index, *delivery)));
            }
            if matches!(process.stage, Stage::Idle) && !process.is_paused && process.knowledge.has_removal() {
                actions.extend(self.deliveries(state, index).iter().map(|delivery| Action::Remove(index, *delivery)));
            }
            if let Stage::LoggingIn { .. } = &process.stage {
                actions.extend(self.answers.iter().map(|answer| Action::Answer(index, *answer)));
            }
        }
        actions.extend((0..state.late.len()).map(Action::Arrive));
        if state.faults > 0 {
            self.faults(state, actions);
        }
        let is_active = |process: &Process| !process.is_paused && !matches!(process.stage, Stage::Idle);
        let is_logging_in = |process: &Process| matches!(process.stage, Stage::LoggingIn { .. });
        if state.processes.iter().any(|process| process.is_busy() || !self.is_slow && is_logging_in(process)) {
            return;
        }
        if state.processes.iter().any(is_active) {
            actions.push(Action::Tick(None));
            if state.faults > 0 && self.kinds.contains(&Kind::Network) {
                actions.extend((0..state.processes.len()).filter_map(|index| {
                    let extends = matches!(state.processes[index].stage, Stage::LoggingIn { is_extended: true, .. });
                    extends.then_some(Action::Tick(Some(index)))
                }));
            }
        } else {
            actions.extend([Action::Rest(false), Action::Rest(true)]);
        }
    }

    fn next_state(&self, last: &World, action: Action) -> Option<World> {
        let mut world = last.clone();
        let now = world.now;
        match action {
            Action::Begin(index, reason) => world.begins(self, index, reason),
            Action::Go(index, delivery) => world.goes(self, index, delivery),
            Action::Remove(index, delivery) => world.removes(self, index, delivery),
            Action::Unauthorized(index) => world.processes[index].invalidates(),
            Action::Answer(index, answer) => world.answers(index, answer),
            Action::Tick(without) => world.ticks(without),
            Action::Rest(is_soon) => world.rests(is_soon)?,
            Action::Arrive(index) => world.arrives(self, index),
            Action::Crash(index) => {
                world.faults -= 1;
                let process = &mut world.processes[index];
                *process = Process::new(process.machine, process.refreshes.max(1));
            }
            Action::Vanish(index) => {
                world.faults -= 1;
                world.processes[index].drops_task();
            }
            Action::Pause(index) => {
                world.faults -= 1;
                world.processes[index].is_paused = true;
            }
            Action::Wake(index) => {
                let process = &mut world.processes[index];
                process.is_paused = false;
                if let Stage::Asking(asking) = &mut process.stage {
                    (asking.was_paused, asking.has_polled) = (true, false);
                }
            }
            Action::Flush => {
                world.faults -= 1;
                world.flushes();
            }
            Action::Revoke => {
                world.faults -= 1;
                world.logins.iter_mut().for_each(|login| login.is_revoked = true);
            }
            Action::Shift(index, by) => {
                world.faults -= 1;
                world.processes[index].shift += by;
            }
            Action::ShiftStore(by) => {
                world.faults -= 1;
                world.store_shift += by;
            }
            Action::ClearCooldown(index) => {
                world.faults -= 1;
                let process = &mut world.processes[index];
                process.knowledge.clear_cooldown();
                (process.cooldown_until, process.failures) = (now, Failures::default());
            }
        }
        world.store = take(&mut world.store).at(world.store_now());
        if self.is_honest() {
            world.checks_record();
        }
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        // One for all rules, because the checker looks each of them up in every state.
        vec![Property::always("no rule is broken", |_, world: &World| world.broken.is_none())]
    }
}
