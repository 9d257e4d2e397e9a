import { setTimeout as sleep } from "node:timers/promises";
import { readStats } from "../kit/money/provider-records.ts";
import type { Stage } from "../kit/stage/stage.ts";
import { waitForQuiet, waitUntil } from "../kit/wait.ts";
import { type Asked, ask } from "./ask.ts";
import { toModelId } from "./rows/catalogue.ts";
import { type Row, toMessage } from "./rows/row.ts";
import { readStoredTurns, readUpstream, toTurnRecord } from "./verdict/evidence.ts";
import { judge } from "./verdict/judge.ts";
import type { TurnRecord } from "./verdict/turn-record.ts";

/** Rows that are tried at a time, beside those that only wait for a deadline. */
const atOnceMax = 12;

/** What became of one row. */
export interface Verdict {
	readonly row: Row;
	readonly turns: readonly TurnRecord[];
	/** Nothing for a row that is as promised. */
	readonly complaints: readonly string[];
}

/** Tries all rows against the stage's servers; `onPlayed` is called with each when its answers have ended. */
export async function playRows(
	rows: readonly Row[],
	stage: Stage,
	onPlayed: (row: Row, asked: readonly Asked[]) => void,
): Promise<Verdict[]> {
	const asked = new Map<Row, Asked[]>();
	const play = async (row: Row) => {
		const index = rows.indexOf(row);
		const person = stage.people[index % stage.people.length];
		if (!person) throw new Error("No person is signed in.");
		const own: Asked[] = [];
		asked.set(row, own);
		for (let turn = 0; turn < row.turns; turn++)
			own.push(await ask(stage.balancer.url, person, { text: toMessage(row), modelId: toModelId(index) }));
		onPlayed(row, own);
	};
	const quick = rows.filter(({ isSlow, isHeavy }) => !isSlow && !isHeavy);
	const workers = Array.from({ length: atOnceMax }, async () => {
		for (let row = quick.shift(); row; row = quick.shift()) await play(row);
	});
	const slow = rows.filter(({ isSlow }) => isSlow).map(play);
	await Promise.all(workers);
	for (const row of rows.filter(({ isHeavy }) => isHeavy)) await play(row);
	await Promise.all(slow);
	await waitForQuiet(stage);
	// The provider notices a moment later that its caller has left, and invoices what it made until then.
	await waitUntil(async () => (await readStats(stage.upstreamUrl)).active === 0, 10_000);
	await sleep(200);
	const [stored, upstream] = await Promise.all([readStoredTurns(stage.sql), readUpstream(stage.upstreamUrl)]);
	const { redirectsFollowed } = await readStats(stage.upstreamUrl);
	return rows.map((row) => {
		const turns = (asked.get(row) ?? []).map((one) =>
			toTurnRecord(one, stored, upstream.get(one.turnId ?? "") ?? []),
		);
		const complaints = turns.flatMap((seen) => judge(row, seen));
		if (turns.length !== row.turns) complaints.push(`it was tried ${turns.length} times, not ${row.turns}`);
		if (row.sim === "fault=redirect" && redirectsFollowed > 0)
			complaints.push(`followed ${redirectsFollowed} redirects`);
		return { row, turns, complaints };
	});
}
