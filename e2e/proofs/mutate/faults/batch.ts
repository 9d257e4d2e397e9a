import type { SourceFault } from "../source-fault.ts";

const batch = ["server/batch"];

/** Faults of batches: claims, ends, limits. */
export const batchFaults: readonly SourceFault[] = [
	{
		what: "an item is ended by a process that no longer holds it",
		file: "server/batch/settle-item.ts",
		search:
			"ended_at = now(), lease_expires_at = null\n\t\t\twhere batch_id = ${item.batchId} and position = ${item.position} and claims = ${item.claim}",
		replace:
			"ended_at = now(), lease_expires_at = null\n\t\t\twhere batch_id = ${item.batchId} and position = ${item.position}",
		tests: batch,
	},
	{
		what: "an item is given back by a process that no longer holds it",
		file: "server/batch/settle-item.ts",
		search:
			"status = 'waiting', lease_expires_at = null\n\t\t\twhere batch_id = ${item.batchId} and position = ${item.position} and claims = ${item.claim}",
		replace:
			"status = 'waiting', lease_expires_at = null\n\t\t\twhere batch_id = ${item.batchId} and position = ${item.position}",
		tests: batch,
	},
	{
		what: "a batch ends one item early",
		file: "server/batch/settle-item.ts",
		search: "ended_at = case when open_items = 1 then now() end",
		replace: "ended_at = case when open_items <= 2 then now() end",
		tests: batch,
	},
	{
		what: "items of suspended people are answered",
		file: "server/batch/claim-items.ts",
		search: "join users on users.id = owners.id and suspended_at is null",
		replace: "join users on users.id = owners.id",
		tests: batch,
	},
	{
		what: "an item is renewed for a process that no longer holds it",
		file: "server/batch/claim-items.ts",
		search: "where claims = given.claim and status = 'running'",
		replace: "where status = 'running'",
		tests: batch,
	},
	{
		what: "two processes claim at the same time",
		file: "server/batch/claim-items.ts",
		search: "return lock?.isOurs ? await claimInside(tx, limits) : [];",
		replace: "return lock ? await claimInside(tx, limits) : [];",
		tests: batch,
	},
	{
		what: "one item more of a person is at work than allowed",
		file: "server/batch/claim-items.ts",
		search: "limit greatest(0, ${perUser}::int - people.busy)",
		replace: "limit greatest(0, ${perUser}::int - people.busy + 1)",
		tests: batch,
	},
	{
		what: "a batch that waits for a limit does not wait",
		file: "server/batch/claim-items.ts",
		search: "(cancelled_at is not null or looks_at <= now())",
		replace: "(cancelled_at is not null or looks_at is not null)",
		tests: batch,
	},
	{
		what: "the second turn of an item is the first one again",
		file: "server/batch/answer-item.ts",
		search: "toName(item, 2), ...model",
		replace: "toName(item, 1), ...model",
		tests: batch,
	},
];
