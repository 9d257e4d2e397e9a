import type { Finding } from "../kit/finding.ts";
import type { BucketPoll } from "./poll-buckets.ts";

/** The outcome of one send. */
export interface SendOutcome {
	/** When its last answer came, milliseconds since 1970. */
	readonly answeredAtMs: number;
	readonly turnId: string | null;
	/** Null when it was accepted. */
	readonly code: string | null;
}

/** Everything that is known after the race. Money in nano-dollars. */
export interface Race {
	readonly capNanoUsd: bigint;
	readonly outcomes: readonly SendOutcome[];
	readonly redisGoneAtMs: number | null;
	readonly polls: readonly BucketPoll[];
	/** On the person's account, and on the server's own. */
	readonly chargedNanoUsd: bigint;
	readonly houseNanoUsd: bigint;
	/** Of that, what the calls cost that the server made for itself. */
	readonly ownNanoUsd: bigint;
	readonly invoiceNanoUsd: bigint;
	/** The least that one more turn would have reserved. */
	readonly leastNanoUsd: bigint;
}

/** The codes of a refusal for money. */
const moneyCodes = ["quota_exceeded", "budget_in_flight"];

const toFinding = (id: string, promise: string, checked: number, violations: readonly string[]): Finding => ({
	id,
	promise,
	checked,
	violations,
});

const complain = (isBroken: boolean, words: string) => (isBroken ? [words] : []);

/** Sends that were accepted when Redis was gone. */
export const findLater = ({ outcomes, redisGoneAtMs }: Pick<Race, "outcomes" | "redisGoneAtMs">) =>
	outcomes.filter(
		({ answeredAtMs, turnId }) => turnId !== null && redisGoneAtMs !== null && answeredAtMs > redisGoneAtMs,
	);

/** Judges the race by what was promised. */
export function judge(race: Race): Finding[] {
	const { capNanoUsd, outcomes, redisGoneAtMs, polls, chargedNanoUsd, houseNanoUsd, invoiceNanoUsd } = race;
	const invoicedNanoUsd = invoiceNanoUsd - race.ownNanoUsd;
	const over = polls.filter(({ usedNanoUsd, reservedNanoUsd }) => usedNanoUsd + reservedNanoUsd > capNanoUsd);
	const others = outcomes.filter(({ code }) => code !== null && !moneyCodes.includes(code));
	const refused = outcomes.filter(({ code }) => code !== null);
	const later = findLater(race);
	const left = capNanoUsd - chargedNanoUsd;
	return [
		toFinding(
			"I2",
			"used + reserved never exceeds the cap",
			polls.length,
			over.map((look) => `${look.usedNanoUsd} + ${look.reservedNanoUsd} > ${capNanoUsd}`),
		),
		toFinding(
			...(["charge", "the person's charge never exceeds the cap", 1] as const),
			complain(chargedNanoUsd > capNanoUsd, `${chargedNanoUsd} > ${capNanoUsd}`),
		),
		toFinding(
			...(["invoice", "the provider's invoice of answers does not exceed the cap", 1] as const),
			complain(invoicedNanoUsd > capNanoUsd, `${invoicedNanoUsd} > ${capNanoUsd}`),
		),
		toFinding(
			...(["ledger", "the ledger is the invoice, to the nano-dollar", 1] as const),
			complain(
				chargedNanoUsd + houseNanoUsd !== invoiceNanoUsd,
				`${chargedNanoUsd} + ${houseNanoUsd}, not ${invoiceNanoUsd}`,
			),
		),
		toFinding(
			...(["held", "nothing is held when all is over", 1] as const),
			complain(polls.at(-1)?.reservedNanoUsd !== 0n, `${polls.at(-1)?.reservedNanoUsd} nano-dollars are`),
		),
		toFinding(
			"money",
			"nothing but money stopped a send",
			outcomes.length,
			others.map(({ code }) => `a send was refused with "${code}"`),
		),
		toFinding("race", "the cap was the limit, and it was used up", refused.length, [
			...complain(refused.length === 0, "every send was accepted"),
			...complain(left >= race.leastNanoUsd, `${left} nano-dollars were left, enough for one more`),
		]),
		toFinding("redis", "sends are accepted after Redis is gone", later.length, [
			...complain(redisGoneAtMs === null, "it was never taken away"),
			...complain(later.length === 0, "none was"),
		]),
	];
}
