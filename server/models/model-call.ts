import type { CacheWish } from "../contract/kinds.ts";
import type { ModelMessage } from "../contract/model-message.ts";
import type { CatalogueModel } from "./catalogue/catalogue.ts";

/** One call of a model. `maxOutputTokens` is always sent; it and the messages must fit the model's window. */
export interface ModelCall {
	readonly model: CatalogueModel;
	readonly messages: readonly ModelMessage[];
	readonly maxOutputTokens: number;
	readonly signal: AbortSignal;
	/** Our name for the call, ASCII; goes along as `X-Client-Request-Id`, so that a call which never got an answer can be found again. */
	readonly name?: string;
	/** The same for all calls that may begin alike, such as those of a thread; says nothing of who asks. Steers a provider's prompt cache. */
	readonly cacheKey?: string | undefined;
	/** Absent: `default`. */
	readonly cacheWish?: CacheWish | undefined;
}
