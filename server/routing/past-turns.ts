/** Hand-written SQL: one page of answered turns with what the person said before, for which a query builder has no word. */
import type { Sql } from "postgres";
import type { DatabaseOrTransaction } from "../db/index.ts";

/** A turn that was answered, as far as another policy would have decided on it. */
export interface PastTurn {
	readonly turnId: string;
	readonly plan: string;
	readonly openModels: readonly string[] | null;
	readonly openTiers: readonly string[] | null;
	/** What the person said, oldest first, the request last; the beginnings of three messages at most. */
	readonly said: readonly string[];
	/** Of the call that answered. */
	readonly inputTokens: number;
	readonly outputTokens: number;
	/** Of all its calls, in nano-dollars. */
	readonly costNanoUsd: bigint;
}

interface Row extends Omit<PastTurn, "said" | "costNanoUsd"> {
	readonly said: readonly (string | null)[];
	readonly costNanoUsd: string;
}

const pageSize = 200;
/** Characters of a message; the router reads no more. */
const readMax = 4_000;

/** The newest turns that people asked Auto for, or all of theirs, in pages: newest first. */
export async function* readPastTurns(
	{ sql }: Pick<DatabaseOrTransaction, "sql">,
	{ turnsMax, ofAllModels }: { readonly turnsMax: number; readonly ofAllModels: boolean },
): AsyncGenerator<PastTurn> {
	let before: string | null = null;
	for (let left = turnsMax; left > 0; ) {
		const rows: readonly Row[] = await readPage(sql, {
			before,
			ofAllModels,
			limit: Math.min(left, pageSize),
		});
		for (const { said, costNanoUsd, ...row } of rows)
			yield {
				...row,
				said: said.filter((text) => text !== null),
				costNanoUsd: BigInt(costNanoUsd),
			};
		left -= rows.length;
		before = rows.at(-1)?.turnId ?? null;
		if (before === null || rows.length < pageSize) return;
	}
}

/** Ids of turns are in the order of time. */
async function readPage(
	sql: Sql,
	page: { readonly before: string | null; readonly ofAllModels: boolean; readonly limit: number },
): Promise<readonly Row[]> {
	return await sql<Row[]>`
		select turns.id as "turnId", plans.id as plan, plans.allowed_models as "openModels",
			plans.allowed_tiers as "openTiers", array[left(second.text, ${readMax}), left(first.text, ${readMax}),
				left(asked.text, ${readMax})] as said,
			calls.input_tokens as "inputTokens", calls.output_tokens as "outputTokens", calls.cost::text as "costNanoUsd"
		from turns
			join users on users.id = turns.user_id
			join plans on plans.id = coalesce((select id from plans where id = users.plan), 'free')
			join messages as asked on asked.id = turns.user_message_id
			left join messages as first_answer on first_answer.id = asked.parent_id
			left join messages as first on first.id = first_answer.parent_id
			left join messages as second_answer on second_answer.id = first.parent_id
			left join messages as second on second.id = second_answer.parent_id
			join lateral (
				select sum(cost_nano_usd) as cost,
					(array_agg(input_tokens order by attempt desc) filter (where purpose <> 'judge'))[1] as input_tokens,
					(array_agg(output_tokens order by attempt desc) filter (where purpose <> 'judge'))[1] as output_tokens
				from model_calls where turn_id = turns.id
			) as calls on calls.cost is not null and calls.input_tokens is not null
		where turns.status = 'complete' and turns.priority <> 'background'
			and (${page.before}::uuid is null or turns.id < ${page.before}::uuid)
			and (${page.ofAllModels} or turns.requested_model = 'auto')
		order by turns.id desc limit ${page.limit}`;
}
