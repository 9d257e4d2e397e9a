// Decides whether a person may ask, and spend: plans, pauses, what is held for running turns, what was used.
// Needs: the database, whose functions hold and settle over all buckets of a turn or none.
// Promises: used + held never exceeds a limit; what was held is settled once, by the statement that closes the turn.

export { endAbandonedPauses, endDeletionPause, pauseForDeletion, removePausesOf } from "./deletion-pause.ts";
export { type Limit, limits, readLimits } from "./limits.ts";
export { listPlans, type Plan, plan, planChange, planId, setPlan } from "./plans.ts";
export { purgeOldPeriods } from "./purge.ts";
export {
	type OpenModels,
	type Quote,
	type RefusalRow,
	type Reservation,
	type TopUp,
	toPlanStateRow,
	topUp,
	toQuotaError,
	toReserveCall,
} from "./reserve.ts";
export {
	isSpendingPaused,
	listSpendingPauses,
	pauseSpending,
	resumeSpending,
	type SpendingPause,
	type SpendingScope,
} from "./spending-pauses.ts";
