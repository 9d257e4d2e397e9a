// Decides how often somebody may ask: requests in a window, counted in Redis or in memory.
// Needs: a Redis or nothing; the database for what each plan allows.
// Promises: no method rejects or waits long; without the shared counter each process keeps its part of the limit.
export {
	createTurnRates,
	type RateSubject,
	type TurnRates,
	toRateError,
} from "./rate-limit.ts";
export { createMemoryRates } from "./rate-limit-memory.ts";
export { createPlanRates } from "./rate-limit-plans.ts";
export { openSharedRates } from "./rate-limit-shared.ts";
export type { RateDecision, RateLimit, RateStore, RateVerdict } from "./rate-store.ts";
