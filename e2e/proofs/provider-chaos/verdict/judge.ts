import {
	type Count,
	type Expected,
	type ExpectedText,
	firstMsMax,
	isWithin,
	peerText,
	type Row,
	toBeginning,
} from "../rows/row.ts";
import { judgeCharge, toPart } from "./judge-charge.ts";
import type { TurnRecord, UpstreamCall } from "./turn-record.ts";

/** Between a request's arrival and the instants of the provider's own clock: rounding. */
const waitSlackMs = 20;
/** A turn's budget of requests over all models. */
const callsMax = 3;

/** Every difference between a turn and what its row promises; none for a good one. */
export function judge({ expected }: Row, seen: TurnRecord): string[] {
	if (seen.problem) return [seen.problem];
	const { status, code, storedText, shownText, firstMs } = seen;
	const complaints: string[] = [];
	const want = (holds: boolean, complaint: string) => void (holds || complaints.push(complaint));
	want(status === expected.status, `ended ${status}, not ${expected.status}`);
	want(code === (expected.code ?? null), `its code is ${code}, not ${expected.code ?? null}`);
	want(seen.ends === 1, `it ended ${seen.ends} times`);
	want(seen.storedStatus === status, `${seen.storedStatus} is stored, ${status} was shown`);
	want(storedText === shownText, "what is stored is not what was shown");
	want(storedText !== "" || seen.words !== "", "an answer without a word, and no words about it");
	const isPeers = expected.text === "peer" || expected.text === "continued";
	if (!Array.isArray(expected.peerCalls) && status === "complete")
		want(
			(seen.receiptModelId === "peer" || seen.receiptModelId === "wide") === isPeers,
			`its receipt names ${seen.receiptModelId}`,
		);
	complaints.push(...judgeText(expected.text, seen), ...judgeCalls(expected, seen));
	const [min, max] = expected.firstMs ?? [0, firstMsMax];
	want(firstMs >= min && firstMs <= max, `content or words after ${firstMs} ms, not within ${min} to ${max}`);
	want(firstMs <= firstMsMax, `content or words after ${firstMs} ms`);
	if (expected.totalMs && !isWithin(seen.totalMs, expected.totalMs))
		complaints.push(`it ended after ${seen.totalMs} ms, not within ${expected.totalMs.join(" to ")}`);
	complaints.push(...judgeCharge(expected.charge, seen));
	return complaints;
}

function judgeText(expected: ExpectedText, seen: TurnRecord): string[] {
	const { answer, storedText: text } = seen;
	const is = (wanted: string) => (text === wanted ? [] : [`the text is ${toExcerpt(text)}`]);
	if (typeof expected === "number") return is(toBeginning(answer, expected));
	if (typeof expected === "object")
		return text.length >= expected.characters ? [] : [`only ${text.length} characters`];
	switch (expected) {
		case "whole":
			return is(answer);
		case "none":
			return is("");
		case "peer":
			return is(peerText);
		case "part":
			return text !== "" && answer.startsWith(text) ? [] : [`the text is ${toExcerpt(text)}`];
		case "continued": {
			const part = toPart(seen);
			return part === "" ? [`no part of the first answer in ${toExcerpt(text)}`] : is(part + peerText);
		}
	}
}

function judgeCalls(expected: Expected, seen: TurnRecord): string[] {
	const { upstream, recorded } = seen;
	const complaints: string[] = [];
	const count = (to: UpstreamCall["to"]) => upstream.filter((call) => call.to === to).length;
	const expect = (to: string, calls: number, wanted: Count) => {
		if (!isWithin(calls, wanted)) complaints.push(`${calls} requests to ${to}, not ${wanted}`);
	};
	expect("the model", count("own"), expected.calls);
	expect("its stand-in", count("peer") + count("wide"), expected.peerCalls ?? 0);
	expect("its twin", count("twin"), expected.twinCalls ?? 0);
	if (upstream.length > callsMax) complaints.push(`${upstream.length} requests in all`);
	const known = new Set(recorded.map(({ name }) => name));
	for (const { name } of upstream) if (!known.has(name)) complaints.push(`${name} is not recorded`);
	const [first, second] = upstream;
	if (expected.waitMs && first && second && second.atMs - first.atMs < expected.waitMs - waitSlackMs)
		complaints.push(`asked again after ${second.atMs - first.atMs} ms, not ${expected.waitMs}`);
	return complaints;
}

const toExcerpt = (text: string) =>
	text.length > 60 ? `${JSON.stringify(`${text.slice(0, 60)}…`)} (${text.length})` : JSON.stringify(text);
