import type { SourceFault } from "../source-fault.ts";

const quota = ["server/quota/quota.test.ts"];

/** Faults of limits and reservations, most of them in the database's functions. */
export const quotaFaults: readonly SourceFault[] = [
	{
		what: "a top-up ignores the month",
		file: "drizzle/functions/top_up_quota.sql",
		search: "p_nano > plan.nano_usd_per_month THEN RETURN false; END IF;",
		replace: "p_nano > plan.nano_usd_per_month THEN NULL; END IF;",
		tests: ["server/quota/top-up.test.ts"],
		isQuick: true,
	},
	{
		what: "a former owner tops a turn up",
		file: "drizzle/functions/top_up_quota.sql",
		search: "WHERE id = p_turn AND epoch = p_epoch AND status IN",
		replace: "WHERE id = p_turn AND status IN",
		tests: ["server/quota/top-up.test.ts"],
		isQuick: true,
	},
	{
		what: "a top-up ignores the tokens of the day",
		file: "drizzle/functions/top_up_quota.sql",
		search: "bucket.used_tokens + bucket.reserved_tokens + p_tokens > plan.tokens_per_day",
		replace: "false",
		tests: ["server/quota/top-up.test.ts"],
	},
	{
		what: "tokens of a former account are not carried over",
		file: "drizzle/functions/with_carried.sql",
		search: "bucket.used_tokens + bucket.carried_tokens",
		replace: "bucket.used_tokens",
		tests: [...quota, "server/auth/accounts/delete-account.test.ts"],
	},
	{
		what: "an answer is begun although there is no room for one",
		file: "drizzle/functions/reserve_quota.sql",
		search: "IF output_tokens < least(wanted, output_min) THEN",
		replace: "IF output_tokens < 0 THEN",
		tests: quota,
	},
	{
		what: "one stream more than the plan allows",
		file: "drizzle/functions/reserve_quota.sql",
		search: "AND priority <> 'background') >= plan.concurrent_streams",
		replace: "AND priority <> 'background') > plan.concurrent_streams",
		tests: quota,
		isQuick: true,
	},
	{
		what: "days begin at midnight in UTC, not in the plan's time zone",
		file: "drizzle/functions/reserve_quota.sql",
		search: "local_now := now() AT TIME ZONE plan.time_zone;",
		replace: "local_now := now() AT TIME ZONE 'UTC';",
		tests: quota,
	},
	{
		what: "one message a day more than the plan allows",
		file: "drizzle/functions/affordable_output.sql",
		search: "today.reserved_requests >= plan.requests_per_day",
		replace: "today.reserved_requests > plan.requests_per_day",
		tests: quota,
	},
	{
		what: "what running turns hold of a day does not count",
		file: "drizzle/functions/affordable_output.sql",
		search: "plan.nano_usd_per_day - today.used_nano_usd - held * today.reserved_nano_usd",
		replace: "plan.nano_usd_per_day - today.used_nano_usd",
		tests: quota,
	},
	{
		what: "held tokens are not given back",
		file: "drizzle/functions/settle_quota.sql",
		search: "reserved_tokens = reserved_tokens - p_held_tokens, used_tokens",
		replace: "reserved_tokens = reserved_tokens - p_used_tokens, used_tokens",
		tests: [...quota, "server/chat/money.test.ts"],
	},
	{
		what: "the site's budget counts only what people pay",
		file: "drizzle/functions/settle_quota.sql",
		search: "cost_left bigint := p_cost;",
		replace: "cost_left bigint := p_charged;",
		tests: ["server/quota/site-budget.test.ts", "server/chat/money.test.ts"],
	},
];
