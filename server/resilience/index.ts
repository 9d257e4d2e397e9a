// Decides how a model is reached in bad weather: how long to wait, what a failure is, what comes after it, and whom not to call.
// Needs: a function that calls a model; the clock of the process; the database, in which all processes share their breakers.
// Promises: every call ends, its upstream request too, with an answer or with one classified failure.

export {
	type Admission,
	type BreakerOutcome,
	type Breakers,
	createBreakers,
	type Deployment,
} from "./breakers/breakers.ts";
export type { BreakerRefusal } from "./breakers/memory.ts";
export {
	type BreakerChange,
	type BreakerOrder,
	type ListedBreaker,
	listBreakers,
	setBreaker,
} from "./breakers/store.ts";
export { type CallPermit, type CallPermits, createCallPermits } from "./call-permits.ts";
export { classify, type Failure, toFailure } from "./classify.ts";
export { callMsMin, type NextStep, nextStep, type Situation } from "./next-step.ts";
export {
	createQueue,
	type Occupancy,
	type Queue,
	type QueueMove,
	type QueueOptions,
	type QueueRequest,
	type Slot,
} from "./queue/queue.ts";
export { toRetryAfterMs } from "./retry-after.ts";
export { createRetryBudget, type RetryBudget } from "./retry-budget.ts";
export { type FailureClass, type Rule, rules } from "./rules.ts";
export { answerDeadlines, type Deadlines, withDeadlines } from "./with-deadlines.ts";
