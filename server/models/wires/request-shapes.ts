import type { RequestShape } from "./wire.ts";

/** Learned changes expire after this time, because another server may take the place of this one. */
const lifetimeMs = 60 * 60_000;

/** When there are more, all are forgotten; each is learned again by one refused request. */
const deploymentsMax = 2_000;

/** A model at a provider, with the form of its requests. */
export interface Deployment {
	/** From the settings, with the changes learned from refusals. */
	shape(): RequestShape;
	learn(changes: Partial<RequestShape>): void;
}

export interface RequestShapes {
	find(deployment: string, configured: RequestShape): Deployment;
	/** The changes learned from refusals. */
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
	promptCache: "off",
	sendsCacheKey: false,
	beginsWithReasoning: false,
};
