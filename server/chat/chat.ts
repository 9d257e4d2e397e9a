import type { Logger } from "pino";
import type { Sql } from "postgres";
import * as cascade from "../cascade/index.ts";
import type { Clock } from "../clock.ts";
import { AppError } from "../errors.ts";
import type { TurnId, UserId } from "../ids.ts";
import type { Models } from "../models/index.ts";
import { readBranch } from "../threads/index.ts";
import { isTerminal, type LoggedEvent, type ModelMessage, type TurnIds, type TurnStatus } from "../turn.ts";
import type { Publish } from "../viewer-event.ts";
import {
	type AcceptedTurn,
	acceptRegenerate,
	acceptSend,
	type Lease,
	type RegenerateInput,
	type SendInput,
} from "./accept-turn.ts";
import { type FollowInput, followTurn } from "./follow-turn.ts";
import { createLiveTurns } from "./live-turns.ts";
import { renewLeases, sweepOrphan } from "./sweep.ts";
import { createTurnLog } from "./turn-log.ts";

export interface Chat {
	/** @throws AppError `unknown_model`, `not_found`, `turn_live`, `idempotency_conflict`, `draining`. */
	send(userId: UserId, input: SendInput): Promise<TurnIds>;
	/** A further answer to the same user message; errors as `send`. */
	regenerate(userId: UserId, input: RegenerateInput): Promise<TurnIds>;
	/** `confirmed`: the turn is closed. `requested`: the instance that runs it will see the request. */
	stop(userId: UserId, turnId: TurnId): Promise<{ status: "requested" | "confirmed" }>;
	follow(
		viewer: { readonly userId: UserId },
		input: FollowInput,
		signal: AbortSignal | undefined,
	): AsyncGenerator<LoggedEvent, void>;
	/** Refuses new turns from now on; live ones get `ms` to end by themselves. */
	drain(ms: number): Promise<void>;
}

export interface ChatInput {
	readonly sql: Sql;
	readonly models: Models;
	readonly clock: Clock;
	readonly lease: Lease;
	readonly publish: Publish;
	readonly logger: Logger;
	isStillValid(viewer: { readonly userId: UserId }): Promise<boolean>;
}

/** The chat room of one process, with its heartbeat: leases renewed and orphans swept until it is drained. */
export function createChat(input: ChatInput): Chat {
	const { sql, models, clock, lease, publish, logger } = input;
	const announceEnd = (turn: Omit<TurnIds, "userMessageId"> & { userId: UserId }, status: TurnStatus) => {
		const { threadId, turnId, assistantMessageId } = turn;
		publish(turn.userId, { type: "turn-end", threadId, turnId, assistantMessageId, status });
	};
	const live = createLiveTurns({
		sql,
		turnLog: createTurnLog(sql),
		rooms: { models, clock, readBranch: readMessages },
		logger,
		onEnd: (turn, { status }) => announceEnd(turn, status),
	});
	async function readMessages({ firstText, userMessageId }: AcceptedTurn): Promise<ModelMessage[]> {
		return firstText === null ? await readBranch(sql, userMessageId) : [{ role: "user", text: firstText }];
	}
	let isDraining = false;
	const heartbeat = setInterval(() => void beat(), lease.ms / 4);
	const glance = setInterval(live.wakeReaders, 2_000);

	async function beat() {
		try {
			live.lose(await renewLeases(sql, live.ids(), lease));
			for (
				let swept = await sweepOrphan(sql, lease.owner);
				swept;
				swept = await sweepOrphan(sql, lease.owner)
			)
				announceEnd(swept, swept.outcome.status);
		} catch (error) {
			logger.warn({ err: error }, "leases could not be renewed; the next beat tries again");
		}
	}

	function begin(turn: AcceptedTurn): TurnIds {
		const { threadId, turnId, userMessageId, assistantMessageId } = turn;
		if (!turn.isReplay) {
			live.start(turn);
			const change = turn.firstText !== null ? "created" : "activity";
			publish(turn.userId, { type: "thread-change", threadId, change });
			publish(turn.userId, { type: "turn-start", threadId, turnId, assistantMessageId });
		}
		return { threadId, turnId, userMessageId, assistantMessageId };
	}

	function admit(model: string | undefined) {
		if (isDraining) throw new AppError("draining", "This server is shutting down: send again in a moment.");
		cascade.route(model ?? "auto", models);
	}

	return {
		async send(userId, message) {
			admit(message.model);
			return begin(await acceptSend(sql, message, { userId, lease }));
		},
		async regenerate(userId, message) {
			admit(message.model);
			return begin(await acceptRegenerate(sql, message, { userId, lease }));
		},
		async stop(userId, turnId) {
			const [turn] = await sql<{ status: TurnStatus }[]>`
				update turns set stop_requested_at = coalesce(stop_requested_at, now())
				where id = ${turnId} and user_id = ${userId} returning status`;
			if (!turn) throw new AppError("not_found", "There is no such turn.");
			const isEnded = isTerminal(turn.status) || (await live.stop(turnId));
			return { status: isEnded ? "confirmed" : "requested" };
		},
		follow: (viewer, from, signal) =>
			followTurn(viewer.userId, from, {
				sql,
				find: live.find,
				isStillValid: () => input.isStillValid(viewer),
				signal,
			}),
		async drain(ms) {
			isDraining = true;
			await live.drain(ms);
			clearInterval(heartbeat);
			clearInterval(glance);
		},
	};
}
