import type { AutoModel, RouteGround } from "../contract/kinds.ts";
import type { RouteDecision } from "../contract/turn.ts";
import { isOpen, type Openings, type Replaceable } from "./openings.ts";
import { type PublishedPolicy, toDial } from "./policy/policy.ts";
import { type Bar, chooseRoad, toBar } from "./road.ts";
import { type Choice, choicesMax, type Models, type Route, route } from "./route.ts";
import type { Router } from "./router/router.ts";

/** Whose request it is, and what is known of it before a model is chosen. */
export interface RoutedRequest<Model> {
	readonly published: PublishedPolicy;
	readonly requestedModel: AutoModel;
	/** The name of the person's plan; null: not known, and then the policy's own dial counts. */
	readonly plan: string | null;
	readonly isNearLimit: boolean;
	/** What the person said, oldest first; the last is the request. */
	readonly said: readonly string[];
	/** A draft may be made: nothing of the answer is there yet. */
	readonly mayDraft: boolean;
	/** What an answer of this model is expected to cost, in nano-dollars; null where its prices are not known. */
	toExpectedNanoUsd(model: Model): bigint | null;
}

export interface DecidedRoute<Model> extends Route<Model> {
	/** Null: no model of the policy can do the turn, so that it had nothing to decide. */
	readonly decision: RouteDecision | null;
	/** What a draft is measured by. */
	readonly bar: Bar;
	/** The chance that a small model's answer is not good enough. */
	readonly score: number;
}

/** A person may ask for one side. */
const forcedRoads: Readonly<Record<AutoModel, "small" | "strong" | null>> = {
	auto: null,
	"auto/fast": "small",
	"auto/best": "strong",
};

/** Of drafts so many are not accepted, as far as their cost is expected. */
const escalatedShare = 0.3;

/** The models of a policy that can do a turn: in the catalogue, open to the person, and able to read the conversation. */
export function toCandidates<Model extends Replaceable>(
	{ policy }: PublishedPolicy,
	models: Models<Model>,
	open: Openings,
	canRead: (model: Model) => boolean,
): { readonly small: readonly Model[]; readonly strong: readonly Model[] } {
	const find = (ids: readonly string[]) =>
		ids.flatMap((id) => models.find(id) ?? []).filter((model) => isOpen(model, open) && canRead(model));
	return { small: find(policy.small), strong: find(policy.strong) };
}

/**
 * Chooses for `auto` by the site's policy: gates first, then how likely a small model will not do, then what either road costs. What a person
 * writes about models changes nothing.
 */
export function decide<Model extends Replaceable>(
	request: RoutedRequest<Model>,
	models: Models<Model>,
	{ open, canRead, router }: { open: Openings; canRead: (model: Model) => boolean; router: Router },
): DecidedRoute<Model> {
	const { published, said } = request;
	const { policy, version: policyVersion } = published;
	const { small, strong } = toCandidates(published, models, open, canRead);
	const standard = route(request.requestedModel, models, open, canRead);
	const dial = toDial(policy, request);
	const bar = toBar(dial, router.toThreshold);
	const assessed = router.assess(said.at(-1) ?? "", said.slice(0, -1));
	const { score } = assessed;
	const [smallest, strongest] = [small[0], strong[0]];
	if (!smallest && !strongest) return { ...standard, decision: null, bar, score };
	const isFamiliar = assessed.isFamiliar || !Number.isFinite(bar.strongFrom);
	const costs = smallest && strongest && toCosts(smallest, strongest, request);
	const forced = forcedRoads[request.requestedModel];
	const wanted = forced ?? toRoad({ score, bar, isFamiliar, mayDraft: policy.drafts && request.mayDraft });
	const chosen = toChosen(wanted, { smallest, strongest, costs, isWish: forced !== null });
	const { road, ground } = chosen;
	const first = road === "strong" ? strongest : road === "default" ? standard.choices[0].model : smallest;
	const other = road === "strong" ? smallest : strongest;
	const decision: RouteDecision = {
		policyVersion,
		road,
		ground,
		score: isFamiliar ? score : null,
		strongFrom: Number.isFinite(bar.strongFrom) ? bar.strongFrom : null,
		dial,
		isNearLimit: request.isNearLimit,
		features: [...assessed.reasons],
		otherModelId: other && other !== first ? other.id : null,
		expected: costs ? { small: costs.small.toString(), strong: costs.strong.toString() } : null,
	};
	const choices = toChoices(chosen, {
		small,
		strong,
		standard,
	});
	return { requestedModel: request.requestedModel, choices, decision, bar, score };
}

type Road = RouteDecision["road"];

interface Chosen {
	readonly road: Road;
	readonly ground: RouteGround;
	readonly reason: string;
}

function toRoad(of: { score: number; bar: Bar; isFamiliar: boolean; mayDraft: boolean }): Road {
	if (!of.isFamiliar) return "default";
	const road = chooseRoad(of.score, of.bar);
	return road === "draft" && !of.mayDraft ? "small" : road;
}

const reasons: Readonly<Record<Road, string>> = {
	small: "an easy request for a small model",
	draft: "a small model answers first, and its answer is checked",
	strong: "a hard request",
	default: "an unusual request: the default model",
};

/** The road by what there is and what it costs: the cheaper one that is good enough. */
function toChosen(
	wanted: Road,
	by: { smallest: unknown; strongest: unknown; costs: Costs | null | undefined; isWish: boolean },
): Chosen {
	if (wanted === "default") return { road: wanted, ground: "unfamiliar", reason: reasons.default };
	if (!by.smallest) return { road: "strong", ground: "only", reason: "no small model can answer this" };
	if (!by.strongest) return { road: "small", ground: "only", reason: "no strong model is open to you" };
	if (by.isWish) return { road: wanted, ground: "wish", reason: "chosen by you" };
	if (wanted !== "strong" && by.costs && by.costs.strong <= by.costs[wanted])
		return { road: "strong", ground: "price", reason: "the strong model costs no more here" };
	return { road: wanted, ground: "score", reason: reasons[wanted] };
}

interface Costs {
	readonly small: bigint;
	readonly draft: bigint;
	readonly strong: bigint;
}

function toCosts<Model>(
	smallest: Model,
	strongest: Model,
	{ toExpectedNanoUsd }: RoutedRequest<Model>,
): Costs | null {
	const [small, strong] = [toExpectedNanoUsd(smallest), toExpectedNanoUsd(strongest)];
	if (small === null || strong === null) return null;
	return { small, strong, draft: small + BigInt(Math.round(Number(strong) * escalatedShare)) };
}

/** The chosen road first, then the other one, then what `auto` moves on to without a policy. */
function toChoices<Model extends Replaceable>(
	{ road, reason }: Chosen,
	of: { small: readonly Model[]; strong: readonly Model[]; standard: Route<Model> },
): Route<Model>["choices"] {
	const { small, strong, standard } = of;
	const next = "the next model that can answer";
	const toChoice = (chain: readonly Model[], why: string): Choice<Model>[] => {
		const [model] = chain;
		return model ? [{ model, chain, reason: why }] : [];
	};
	const draft = toChoice(small.slice(0, 1), reason).map((each) => ({ ...each, isDraft: true }));
	const ways: Record<Road, Choice<Model>[]> = {
		small: [...toChoice(small, reason), ...toChoice(strong, next)],
		draft: [...draft, ...toChoice(strong, "the draft was not good enough")],
		strong: [...toChoice(strong, reason), ...toChoice(small, next)],
		default: [],
	};
	const own = ways[road];
	const taken = new Set([...small, ...strong]);
	if (road === "default") {
		const [first, ...others] = standard.choices;
		return [{ ...first, reason }, ...others];
	}
	const rest = standard.choices.flatMap(({ chain }) =>
		toChoice(
			chain.filter((model) => !taken.has(model)),
			next,
		),
	);
	const [first, ...others] = [...own, ...rest].slice(0, choicesMax);
	return first ? [first, ...others] : standard.choices;
}
