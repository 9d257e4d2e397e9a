import type { Sql } from "postgres";
import { countTokens } from "../context/index.ts";
import type { MessageId, ThreadId, TurnId, UserId } from "../ids.ts";
import { type LoggedEvent, type Receipt, type TurnEvent, toSpoken } from "../turn.ts";
import type { Lease } from "./accept-turn.ts";
import { closeTurn, type TurnOutcome } from "./close-turn.ts";
import { readTurnEvents } from "./turn-log.ts";

/** Renews the leases of the turns given; returns those that are no longer this owner's. */
export async function renewLeases(sql: Sql, turnIds: readonly TurnId[], lease: Lease): Promise<TurnId[]> {
	if (turnIds.length === 0) return [];
	const rows = await sql<{ id: TurnId }[]>`
		update turns set lease_expires_at = now() + ${lease.ms} * interval '1 millisecond'
		where id = any(${[...turnIds]}::uuid[]) and lease_owner = ${lease.owner} and status in ('queued', 'running')
		returning id`;
	const renewed = new Set(rows.map(({ id }) => id));
	return turnIds.filter((turnId) => !renewed.has(turnId));
}

export interface SweptTurn {
	readonly turnId: TurnId;
	readonly userId: UserId;
	readonly threadId: ThreadId;
	readonly assistantMessageId: MessageId;
	readonly outcome: TurnOutcome;
}

type OrphanRow = Omit<SweptTurn, "outcome"> & { epoch: number; durationMs: number };

/**
 * Takes over one turn whose owner is gone (its lease ran out by the database's clock) and closes it as `interrupted` with
 * the text that was delivered. The higher epoch shuts a revived owner out. Several instances may sweep at once.
 */
export async function sweepOrphan(sql: Sql, owner: string): Promise<SweptTurn | null> {
	return await sql.begin(async (tx) => {
		const [orphan] = await tx<OrphanRow[]>`
			update turns set epoch = epoch + 1, lease_owner = ${owner}
			where id = (
				select id from turns where status in ('queued', 'running') and lease_expires_at < now()
				order by lease_expires_at limit 1 for update skip locked
			)
			returning id as "turnId", user_id as "userId", thread_id as "threadId",
				assistant_message_id as "assistantMessageId", epoch,
				(extract(epoch from now() - started_at) * 1000)::int as "durationMs"`;
		if (!orphan) return null;
		const logged = await readAllEvents(tx as unknown as Sql, orphan.turnId);
		const outcome = toInterrupted(
			logged.map(({ event }) => event),
			orphan.durationMs,
		);
		const { status, code, receipt } = outcome;
		const events: TurnEvent[] = [{ type: "turn-end", status, code, receipt }];
		await closeTurn(tx as unknown as Sql, { ...orphan, storedSeq: logged.at(-1)?.seq ?? 0, events, outcome });
		return { ...orphan, outcome };
	});
}

async function readAllEvents(sql: Sql, turnId: TurnId): Promise<LoggedEvent[]> {
	const all: LoggedEvent[] = [];
	for (;;) {
		const page = await readTurnEvents(sql, turnId, all.at(-1)?.seq ?? 0);
		if (page.length === 0) return all;
		all.push(...page);
	}
}

function toInterrupted(events: readonly TurnEvent[], durationMs: number): TurnOutcome {
	const { text, reasoning } = toSpoken(events);
	const attempts = events.filter((event) => event.type === "attempt-start");
	const fitted = events.find((event) => event.type === "context-fit");
	const delivered = text + reasoning;
	const usage: Receipt["usage"] =
		attempts.length === 0
			? null
			: {
					inputTokens: fitted?.inputTokens ?? 0,
					cachedInputTokens: 0,
					outputTokens: delivered === "" ? 0 : countTokens(delivered),
					reasoningTokens: 0,
					source: "estimate",
				};
	const receipt: Receipt = {
		...{ modelId: attempts.at(-1)?.modelId ?? null, attempts: attempts.length, usage, durationMs },
		...{ firstTokenMs: null, finishReason: null, costNanoUsd: null },
	};
	return { status: "interrupted", code: "stream_interrupted", text, receipt, calls: [] };
}
