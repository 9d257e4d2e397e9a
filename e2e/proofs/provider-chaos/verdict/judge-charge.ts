import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { toCostNanoUsd } from "../../../../server/usage/index.ts";
import type { ChargeRule } from "../rows/row.ts";
import type { RecordedCall, TurnRecord } from "./turn-record.ts";

type Money = { readonly person: bigint; readonly house: bigint };

/** Counted as OpenAI does, by its published encoding and not by the product's code. */
const estimate = ({ prices }: RecordedCall, inputTokens: number, text: string): bigint =>
	toCostNanoUsd(
		{
			inputTokens,
			cachedInputTokens: 0,
			cacheWriteTokens: 0,
			cacheWrite1hTokens: 0,
			reasoningTokens: 0,
			outputTokens: text === "" ? 0 : countTokens(text),
		},
		prices,
	);

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);
const isReported = ({ source }: RecordedCall) => source === "provider_final";

/** Who should have paid what. */
const owed: Readonly<Record<ChargeRule, (seen: TurnRecord) => Money>> = {
	nothing: () => ({ person: 0n, house: 0n }),
	invoice: (seen) => {
		const answered = seen.recorded.filter(({ outcome }) => outcome !== "failed");
		return { person: toInvoiced(seen, answered), house: 0n };
	},
	delivered: ({ recorded, inputTokens, storedText }) => {
		const last = recorded.at(-1);
		return { person: last ? estimate(last, inputTokens, storedText) : 0n, house: 0n };
	},
	parts: (seen) => {
		const [first, ...others] = seen.recorded;
		const part = first ? estimate(first, seen.inputTokens, toPart(seen)) : 0n;
		return { person: part + toInvoiced(seen, others), house: 0n };
	},
	held: ({ recorded, reservedNanoUsd }) => ({
		person: reservedNanoUsd,
		house: sum(recorded.map(({ costNanoUsd }) => costNanoUsd)) - reservedNanoUsd,
	}),
	house: (seen) => {
		const isComplete = ({ outcome }: RecordedCall) => outcome === "complete";
		const person = toInvoiced(seen, seen.recorded.filter(isComplete));
		return { person, house: toInvoiced(seen) - person };
	},
	silence: (seen) => {
		const silent = seen.recorded.filter(({ outcome }) => outcome === "failed");
		return {
			person: toInvoiced(seen),
			house: sum(silent.map((call) => estimate(call, seen.inputTokens, ""))),
		};
	},
};

/** What the provider asks for these calls, or for all of the turn. */
function toInvoiced({ upstream }: TurnRecord, calls?: readonly RecordedCall[]): bigint {
	const meant = calls && new Set(calls.map(({ name }) => name));
	return sum(
		upstream.flatMap(({ name, invoicedNanoUsd }) => (!meant || meant.has(name) ? [invoicedNanoUsd] : [])),
	);
}

/** What the first model said, of a text that another went on with. */
export function toPart({ answer, storedText }: TurnRecord): string {
	let length = 0;
	while (length < storedText.length && storedText[length] === answer[length]) length++;
	return storedText.slice(0, length);
}

/** What is wrong with the money of one turn. */
export function judgeCharge(rule: ChargeRule, seen: TurnRecord): string[] {
	const { recorded, upstream, personNanoUsd, houseNanoUsd } = seen;
	const complaints: string[] = [];
	const { person, house } = owed[rule](seen);
	if (personNanoUsd !== person) complaints.push(`charged ${personNanoUsd}, by ${rule} it is ${person}`);
	if (houseNanoUsd !== house) complaints.push(`the house bears ${houseNanoUsd}, by ${rule} it is ${house}`);
	const cost = sum(recorded.map(({ costNanoUsd }) => costNanoUsd));
	if (cost !== personNanoUsd + houseNanoUsd)
		complaints.push(`the calls cost ${cost}, the ledger has ${personNanoUsd + houseNanoUsd}`);
	if (rule === "held" && house <= 0n) complaints.push("it cost no more than was held");
	for (const call of recorded) {
		const invoiced = upstream.find(({ name }) => name === call.name)?.invoicedNanoUsd ?? 0n;
		if (isReported(call) && call.costNanoUsd !== invoiced)
			complaints.push(`${call.modelId} costs ${call.costNanoUsd}, the invoice says ${invoiced}`);
	}
	return complaints;
}
