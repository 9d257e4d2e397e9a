import { z95 } from "../kernel/wilson.ts";

/**
 * How often the higher score is that of the bad case, over all pairs of a bad and a good one, where a tie counts half (the area under the ROC
 * curve), with its 95 % interval by Hanley and McNeil (1982). There is at least one case of either kind.
 *
 * @param steps by score, lowest first.
 */
export function measureRanking(steps: readonly { readonly n: number; readonly notEnough: number }[]): {
	readonly share: number;
	readonly low: number;
	readonly high: number;
} {
	let goodBelow = 0;
	let pairs = 0;
	let bad = 0;
	for (const { n, notEnough } of steps) {
		const good = n - notEnough;
		pairs += notEnough * (goodBelow + good / 2);
		goodBelow += good;
		bad += notEnough;
	}
	const share = pairs / (bad * goodBelow);
	const [ofBad, ofGood] = [share / (2 - share), (2 * share * share) / (1 + share)];
	const square = share * share;
	const variance =
		(share * (1 - share) + (bad - 1) * (ofBad - square) + (goodBelow - 1) * (ofGood - square)) /
		(bad * goodBelow);
	const spread = z95 * Math.sqrt(Math.max(0, variance));
	return { share, low: Math.max(0, share - spread), high: Math.min(1, share + spread) };
}
