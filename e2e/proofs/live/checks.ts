import { isAppError } from "../../../server/contract/errors.ts";
import { foldEvents } from "../../../server/contract/fold.ts";
import { toTextParts } from "../../../server/contract/parts.ts";
import type { TurnEnd, TurnEvent } from "../../../server/contract/turn.ts";
import type { CatalogueModel } from "../../../server/models/index.ts";
import { readTurnReceipt, type TurnReceipt } from "../../../server/usage/index.ts";
import { parseUsd, toUsd } from "../kit/money/usd.ts";
import type { Stage } from "./stage.ts";

/** The words of a `skipped` check say why nothing was asked, or why the answer proves nothing. */
export interface Result {
	readonly check: string;
	readonly outcome: "passed" | "failed" | "skipped";
	readonly words: string;
}

interface Room {
	readonly stage: Stage;
	readonly model: CatalogueModel;
	/** A prompt that the provider's filter is known to refuse; null when none was named. */
	readonly filterPrompt: string | null;
}

interface Asked {
	readonly events: readonly TurnEvent[];
	readonly end: TurnEnd;
	readonly text: string;
	readonly receipt: TurnReceipt;
	/** From Stop to the end; null when the answer ended by itself. */
	readonly stoppedMs: number | null;
}

const answerTimeoutMs = 90_000;
/** RELIABILITY's promise for Stop, and a round of the database. */
const stopMsMax = 750;

const prompts = {
	stream: "Count from one to thirty in English words, separated by commas. Nothing else.",
	stop: "Write a detailed article of a thousand words about lighthouses.",
};

/** The checks in their order; each is one call at most. */
export const checks: Record<string, (room: Room) => Promise<Omit<Result, "check">>> = {
	stream,
	stop,
	filter,
	tools,
};

/** A refusal for want of money comes before the call: that is the cap at work, and no failure of the provider. */
export async function runCheck(check: string, room: Room): Promise<Result> {
	try {
		await room.stage.allow(room.model);
		const run = checks[check] ?? tools;
		return { check, ...(await run(room)) };
	} catch (error) {
		if (isAppError(error) && ["quota_exceeded", "budget_exceeded", "budget_in_flight"].includes(error.code))
			return {
				check,
				outcome: "skipped",
				words: `not sent: it could cost more than the cap leaves (${error.code})`,
			};
		return { check, outcome: "failed", words: error instanceof Error ? error.message : String(error) };
	}
}

async function stream(room: Room) {
	const asked = await ask(room, prompts.stream);
	const { end, text, events, receipt } = asked;
	const pieces = events.filter(({ type }) => type === "text-delta").length;
	const mistakes = [
		...(end.status === "complete" ? [] : [`it ended as ${end.status} (${end.code ?? "no code"})`]),
		...(text.trim() === "" ? ["it said nothing"] : []),
		...(pieces < 2 ? ["it came in one piece"] : []),
		...(receipt.attempts.at(-1)?.usageSource === "provider_final" ? [] : ["the provider sent no usage"]),
		...(await compareBooks(room, receipt)),
	];
	return toResult(
		mistakes,
		`${pieces} pieces, first after ${end.receipt.firstTokenMs} ms, ${toBill(receipt)}`,
	);
}

async function stop(room: Room) {
	const asked = await ask(room, prompts.stop, { stopsAtFirstWord: true });
	const { end, stoppedMs, receipt } = asked;
	const mistakes = [
		...(end.status === "stopped" ? [] : [`it ended as ${end.status}`]),
		...((stoppedMs ?? 0) > stopMsMax ? [`it ended ${stoppedMs} ms after Stop`] : []),
		...(await compareBooks(room, receipt)),
	];
	return toResult(mistakes, `ended ${stoppedMs} ms after Stop, ${toBill(receipt)}`);
}

async function filter(room: Room) {
	if (room.filterPrompt === null)
		return {
			outcome: "skipped",
			words: "no prompt that it filters is known; name one with --filter-prompt",
		} as const;
	const { end, receipt } = await ask(room, room.filterPrompt);
	if (end.status === "complete")
		return { outcome: "skipped", words: "it answered the prompt of --filter-prompt" } as const;
	const isFiltered = end.status === "filtered_request" || end.status === "filtered_response";
	const mistakes = [
		...(isFiltered ? [] : [`it ended as ${end.status} (${end.code ?? "no code"})`]),
		...(await compareBooks(room, receipt)),
	];
	return toResult(mistakes, `${end.status}, ${toBill(receipt)}`);
}

async function tools() {
	return { outcome: "skipped", words: "Parley does not call tools yet" } as const;
}

const toResult = (mistakes: readonly string[], words: string) =>
	mistakes.length > 0
		? ({ outcome: "failed", words: mistakes.join("; ") } as const)
		: ({ outcome: "passed", words } as const);

function toBill({ attempts, costNanoUsd }: TurnReceipt): string {
	const tokens = (name: string) =>
		attempts
			.flatMap(({ classes }) => classes)
			.reduce((sum, one) => sum + (one.tokenClass === name ? one.tokens : 0), 0);
	return `${tokens("input") + tokens("cachedInput")} + ${tokens("output") + tokens("reasoning")} tokens, $${toUsd(BigInt(costNanoUsd))}`;
}

/** What the provider counted, at the price in force, is what the ledger holds, to the nano-dollar. */
async function compareBooks({ stage }: Room, receipt: TurnReceipt): Promise<string[]> {
	const [row] = await stage.sql<[{ lines: string; calls: string }]>`
		select (select coalesce(sum(amount_nano_usd), 0)::text from ledger where turn_id = ${receipt.turnId}) as lines,
			(select coalesce(sum(cost_nano_usd), 0)::text from model_calls where turn_id = ${receipt.turnId}) as calls`;
	const mistakes = [];
	if (row.lines !== receipt.costNanoUsd || row.calls !== receipt.costNanoUsd)
		mistakes.push(`receipt ${receipt.costNanoUsd}, calls ${row.calls}, ledger ${row.lines} nano-dollars`);
	for (const { attempt, classes, costNanoUsd, priceId } of receipt.attempts) {
		// Tokens times dollars per million tokens, in millionths of a nano-dollar, as the receipt itself says.
		const exact = classes.reduce(
			(sum, one) => sum + BigInt(one.tokens) * parseUsd("price", one.usdPerMTok),
			0n,
		);
		const recomputed = (exact + 500_000n) / 1_000_000n;
		if (priceId !== null && recomputed.toString() !== costNanoUsd)
			mistakes.push(`call ${attempt}: ${recomputed} recomputed, ${costNanoUsd} booked`);
	}
	return mistakes;
}

async function ask({ stage, model }: Room, text: string, { stopsAtFirstWord = false } = {}): Promise<Asked> {
	const { viewer, services } = stage;
	const { chat } = services;
	const { userId } = viewer;
	const { turnId } = await chat.send(userId, {
		clientMessageId: crypto.randomUUID(),
		parts: toTextParts(text),
		model: model.id,
	});
	const events: TurnEvent[] = [];
	let stoppedAtMs: number | null = null;
	let end: TurnEnd | null = null;
	for await (const { event } of chat.follow(
		viewer,
		{ turnId, after: null },
		AbortSignal.timeout(answerTimeoutMs),
	)) {
		events.push(event);
		if (event.type === "turn-end") end = event;
		const isWord = event.type === "text-delta" || event.type === "reasoning-delta";
		if (stopsAtFirstWord && isWord && stoppedAtMs === null) {
			stoppedAtMs = performance.now();
			await chat.stop(userId, turnId);
		}
	}
	if (!end) throw new Error(`no end within ${answerTimeoutMs / 1_000} s`);
	const stoppedMs = stoppedAtMs === null ? null : Math.round(performance.now() - stoppedAtMs);
	const receipt = await readTurnReceipt(stage.sql, userId, turnId);
	return { events, end, text: foldEvents(events).text, receipt, stoppedMs };
}
