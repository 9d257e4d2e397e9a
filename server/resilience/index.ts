// Decides whether, when and how a model is called: queue, circuit breakers, deadlines, classes of failures, retries and fallbacks.
// Needs: a function that calls a model; the process's clock; the database, in which all processes share their breakers.
// Promises: every call ends, its upstream request too, with an answer or with one classified failure.

export { type Breakers, createBreakers } from "./breakers/breakers.ts";
export { type ListedBreaker, listBreakers, setBreaker } from "./breakers/store.ts";
export { createCallPermits } from "./call-permits.ts";
export { type CallRooms, callModels } from "./calls/call-models.ts";
export { hasContent, toCallsLeft } from "./calls/decide-next.ts";
export type { AnswerRequest, CallEvent, Ending, MadeCall } from "./calls/types.ts";
export { answerDeadlines } from "./deadlines/deadlines.ts";
export { type CallPart, withDeadlines } from "./deadlines/with-deadlines.ts";
export { classify, toFailure } from "./failures/classify.ts";
export { type FailureClass, failureClasses, rules } from "./failures/rules.ts";
export { callMsMin } from "./next-step.ts";
export { createQueue } from "./queue/queue.ts";
export { createRetryBudget } from "./retry-budget.ts";
