// Decides how a model is reached in bad weather: how long to wait, and what a failure is.
// Needs: a function that calls a model; the clock of the process.
// Promises: every call ends, its upstream request too, with an answer or with one classified failure.
export { classify, type Failure, type FailureClass } from "./classify.ts";
export {
	createQueue,
	type Occupancy,
	type Queue,
	type QueueMove,
	type QueueOptions,
	type QueueRequest,
	type Slot,
} from "./queue.ts";
export { answerDeadlines, type Deadlines, withDeadlines } from "./with-deadlines.ts";
