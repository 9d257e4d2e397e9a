import type { Breaker } from "./breaker-queries";

export interface BreakerGroup {
	readonly providerId: string;
	/** The provider's own, for all that its key reaches. */
	readonly provider: Breaker | null;
	readonly models: readonly Breaker[];
}

/** Breakers by provider, in their order. A provider's name has no slash; a model's name at it may. */
export function groupBreakers(breakers: readonly Breaker[]): BreakerGroup[] {
	const groups = Map.groupBy(breakers, ({ deployment }) => deployment.split("/", 1)[0] ?? deployment);
	return Array.from(groups, ([providerId, all]) => ({
		providerId,
		provider: all.find(({ deployment }) => deployment === providerId) ?? null,
		models: all.filter(({ deployment }) => deployment !== providerId),
	}));
}

/** The model's name at its provider. */
export const toShortName = (deployment: string): string => deployment.slice(deployment.indexOf("/") + 1);

/** What people call a model; its name at the provider when it is gone from the catalogue. */
export const toBreakerName = ({ deployment, model }: Pick<Breaker, "deployment" | "model">): string =>
	model?.name ?? toShortName(deployment);

type StateKind = "called" | "wait" | "notCalled" | "onePerson" | "due" | "held" | "tried";

/** What a breaker means for calls now, and until when. */
export function toState(
	{ state, isHeld, isForOnePerson, openUntil, throttledUntil }: Breaker,
	nowMs: number,
): { kind: StateKind; until: string | null } {
	const isAhead = (instant: string | null) => instant !== null && Date.parse(instant) > nowMs;
	if (state === "half_open") return { kind: "tried", until: null };
	if (state === "open") {
		if (isHeld) return { kind: "held", until: null };
		if (!isAhead(openUntil)) return { kind: "due", until: null };
		return { kind: isForOnePerson ? "onePerson" : "notCalled", until: openUntil };
	}
	return isAhead(throttledUntil) ? { kind: "wait", until: throttledUntil } : { kind: "called", until: null };
}
