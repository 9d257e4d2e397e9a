// Decides what is removed for good, and when: the content of deleted accounts, conversations that were deleted 30 days ago.
// Needs: the database, and the rooms whose rows it removes, which know how.
// Promises: removal happens in bounded steps that can be interrupted anywhere; the ledger and the audit log stay.

export { type PeriodicJob, startPeriodicJobs } from "./periodic-jobs.ts";
export { purgeTrash } from "./purge-trash.ts";
export { hasContent, removeContentOf } from "./remove-content.ts";
