// Decides how a model is reached in bad weather: how long to wait, what a failure is, and what comes after it.
// Needs: a function that calls a model; the clock of the process.
// Promises: every call ends, its upstream request too, with an answer or with one classified failure.
export { classify, type Failure, toFailure } from "./classify.ts";
export { type NextStep, nextStep, type Situation } from "./next-step.ts";
export { toRetryAfterMs } from "./retry-after.ts";
export { createRetryBudget, type RetryBudget } from "./retry-budget.ts";
export { type FailureClass, type Rule, rules } from "./rules.ts";
export { answerDeadlines, type Deadlines, withDeadlines } from "./with-deadlines.ts";
