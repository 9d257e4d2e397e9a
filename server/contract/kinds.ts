/** Closed lists of words that rooms, tables and the typed API share. It imports nothing, so that a table's definition may read it. */

/** The sizes of models, smallest first. */
export const modelTiers = ["small", "medium", "large"] as const;
export type ModelTier = (typeof modelTiers)[number];

/** What a person may ask for in place of a model: let the server choose, among all models, the small ones, or the strongest. */
export const autoModels = ["auto", "auto/fast", "auto/best"] as const;
export type AutoModel = (typeof autoModels)[number];

export const isAutoModel = (model: string): model is AutoModel => autoModels.some((each) => each === model);

/** What a model can read or do beyond text: images, documents such as PDF, and calls of tools. */
export const modelAbilities = ["images", "files", "tools"] as const;
export type ModelAbility = (typeof modelAbilities)[number];

/** Whose calls go first where a model is busy: from the first served to the first refused. */
export const priorities = ["people", "api", "background"] as const;
export type Priority = (typeof priorities)[number];

/** What a plan shows of the cost under an answer. */
export const receiptKinds = ["cost", "credits", "none"] as const;

/**
 * How a conversation is cut to what a model reads: all of it, the newest messages, a summary and the newest messages, or what the question needs.
 * `auto` keeps a beginning that the provider can cache and chooses again when it is cheaper.
 */
export const contextStrategies = ["auto", "full", "window", "summary", "semantic"] as const;
export type ContextStrategy = (typeof contextStrategies)[number];

/**
 * How Auto answers by the site's policy: a small model at once, a small model whose answer is judged before it is shown, or a strong model.
 * `default`: the request is unlike what the router knows, and the site's default model answers.
 */
export const routeRoads = ["small", "draft", "strong", "default"] as const;
export type RouteRoad = (typeof routeRoads)[number];

/** Why it is that road: the router's score, a price, models that cannot do the turn, the person's wish, or a request that nothing is known of. */
export const routeGrounds = ["score", "price", "only", "wish", "unfamiliar"] as const;
export type RouteGround = (typeof routeGrounds)[number];

/**
 * What became of answering a turn by the other road, too: judged, or why not. `no-room`: the day's cap or the site's budget is used up; `closed`:
 * the person's plan or a pause of spending leaves no model open for it; `gone`: what was sent can no longer be read, or is more than text.
 */
export const shadowOutcomes = [
	"judged",
	"interrupted",
	"no-room",
	"closed",
	"gone",
	"no-answer",
	"no-verdict",
] as const;
export type ShadowOutcome = (typeof shadowOutcomes)[number];
/** Which of two answers a judge model found better, without knowing whose they are. */
export const shadowVerdicts = ["cheap", "strong", "same"] as const;
export type ShadowVerdict = (typeof shadowVerdicts)[number];

/** For how long a request asks its provider to keep what it was sent. `none`: writing would cost more than it saves. */
export type CacheWish = "none" | "default" | "1h";

/** What an API key may do: start, follow and stop answers, and read what was spent. */
export const keyScopes = ["chat:write", "usage:read"] as const;
export type KeyScope = (typeof keyScopes)[number];
