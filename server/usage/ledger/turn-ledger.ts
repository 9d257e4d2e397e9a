import type { TokenUsage } from "../../contract/turn.ts";
import { toCostNanoUsd, toCostNanoUsdMax } from "../prices/cost.ts";
import type { Prices } from "../prices/prices.ts";

/** How much more input a provider may count than we do. */
export const inputMargin = 1.05;

interface Call {
	readonly model: { readonly id: string };
	readonly usage: TokenUsage;
}

interface Reserved {
	readonly nanoUsd: bigint;
	readonly tokens: number;
}

/** The paid calls of one turn while it runs. */
export interface TurnLedger<Made extends Call> {
	readonly made: readonly Made[];
	/**
	 * Makes sure that one call more is paid for: what the calls so far cost and this one at most must be reserved. False when
	 * the turn's limits have no room; a call that is not covered must not be made.
	 */
	cover(next: {
		readonly modelId: string;
		readonly inputTokens: number;
		readonly outputTokens: number;
	}): Promise<boolean>;
	record(call: Made): void;
}

/** Opens the ledger of a turn. `hold` reserves more for it, and answers whether its limits had room. */
export function openTurnLedger<Made extends Call>(input: {
	readonly reserved: Reserved;
	readonly findPrice: (modelId: string) => { readonly prices: Prices };
	hold(more: Reserved): Promise<boolean>;
}): TurnLedger<Made> {
	const made: Made[] = [];
	let { reserved } = input;
	let spent: Reserved = { nanoUsd: 0n, tokens: 0 };
	return {
		made,
		record(call) {
			const { usage, model } = call;
			made.push(call);
			spent = {
				nanoUsd: spent.nanoUsd + toCostNanoUsd(usage, input.findPrice(model.id).prices),
				tokens: spent.tokens + usage.inputTokens + usage.outputTokens,
			};
		},
		async cover({ modelId, inputTokens: counted, outputTokens }) {
			const inputTokens = Math.ceil(counted * inputMargin);
			const { prices } = input.findPrice(modelId);
			const nanoUsd = spent.nanoUsd + toCostNanoUsdMax({ inputTokens, outputTokens }, prices);
			const tokens = spent.tokens + inputTokens + outputTokens;
			const more = {
				nanoUsd: nanoUsd > reserved.nanoUsd ? nanoUsd - reserved.nanoUsd : 0n,
				tokens: Math.max(0, tokens - reserved.tokens),
			};
			if (more.nanoUsd === 0n && more.tokens === 0) return true;
			if (!(await input.hold(more))) return false;
			reserved = { nanoUsd: reserved.nanoUsd + more.nanoUsd, tokens: reserved.tokens + more.tokens };
			return true;
		},
	};
}
