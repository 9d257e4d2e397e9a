// Limits how often a person may send requests: counts in a window, in Redis or in memory.
// Needs: optionally a Redis; the database for what each plan allows.
// Promises: a store neither rejects nor waits long; while Redis does not answer, each process applies its share of the limit.
export { createMemoryRates } from "./memory-store.ts";
export { createPlanRates } from "./plan-rates.ts";
export type { RateDecision, RateLimit, RateStore } from "./rate-store.ts";
export { createReadLimit, type ReadLimit, toReadPlaces } from "./read-limit.ts";
export { openSharedRates } from "./redis-store.ts";
export { createTurnRates, type TurnRates, toRateError } from "./turn-rates.ts";
