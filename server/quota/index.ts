// Decides whether somebody may spend: plans, what is held for running turns, what was used.
// Needs: the database, whose functions hold and settle over all buckets of a turn or none.
// Promises: used + held never exceeds a limit; what was held is settled once, by the statement that closes the turn.
export { type Quote, type RefusalRow, type Reservation, toQuotaError, toReserveCall } from "./reserve.ts";
