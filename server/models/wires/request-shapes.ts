import type { RequestShape } from "./wire.ts";

/** What was learned is believed for so long: a server may be replaced by one that wants to be asked otherwise. */
const lifetimeMs = 60 * 60_000;

/** A gateway may list thousands of models; what is forgotten is learned again with one refused request. */
const deploymentsMax = 2_000;

/** A model at a provider, and how it wants to be asked. */
export interface Deployment {
	/** As its settings say, and as its own refusals have shown since. */
	shape(): RequestShape;
	learn(changes: Partial<RequestShape>): void;
}

export interface RequestShapes {
	find(deployment: string, configured: RequestShape): Deployment;
	/** What a deployment's refusals have shown. */
	findLearned(deployment: string): Partial<RequestShape>;
}

/** @param now milliseconds of a monotonic clock */
export function createRequestShapes({
	onLearned = () => undefined,
	now = () => performance.now(),
}: {
	onLearned?: () => void;
	now?: () => number;
} = {}): RequestShapes {
	const learned = new Map<string, { readonly changes: Partial<RequestShape>; readonly until: number }>();
	const findLearned = (deployment: string): Partial<RequestShape> => {
		const known = learned.get(deployment);
		if (known && known.until > now()) return known.changes;
		learned.delete(deployment);
		return {};
	};
	return {
		findLearned,
		find: (deployment, configured) => ({
			shape: () => ({ ...configured, ...findLearned(deployment) }),
			learn(changes) {
				const known = findLearned(deployment);
				if (learned.size >= deploymentsMax) learned.clear();
				learned.set(deployment, { changes: { ...known, ...changes }, until: now() + lifetimeMs });
				onLearned();
			},
		}),
	};
}

export const defaultShape: RequestShape = {
	outputLimitField: "max_tokens",
	asksForUsage: true,
	streams: true,
	mergesRoles: false,
	systemRole: "system",
	outputTokensMax: null,
	contextWindow: null,
	beginsInThought: false,
};
