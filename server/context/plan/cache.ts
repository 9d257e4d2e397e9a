/** What a provider's prompt cache is worth for a conversation: by its clock, its prices, and how the person has come back so far. */
import type { CacheWish } from "../../contract/kinds.ts";
import type { ConversationMessage, SentBefore } from "../conversation.ts";

/** US dollars per million tokens, decimal strings; null where a class costs the same as its parent. */
export interface InputPrices {
	readonly inputUsdPerMTok: string;
	readonly cachedInputUsdPerMTok: string | null;
	readonly cacheWriteUsdPerMTok: string | null;
	readonly cacheWrite1hUsdPerMTok?: string | null;
	/** A request with more input than this costs more as a whole. */
	readonly longContext: { readonly aboveInputTokens: number } | null;
}

export interface CachedModel {
	readonly id: string;
	/** How long the provider keeps what it has read; 0: it keeps nothing. */
	readonly cacheMs: number;
	/** Null: not known. */
	readonly prices: InputPrices | null;
}

const hourMs = 3_600_000;
/** Between the clocks of this server, its database and the provider, and for the way to the provider. */
const clockMarginMs = 5_000;
/** A cache that saves less is not worth keeping a beginning for: choosing what the question needs again costs less. */
const cachedShareMax = 0.4;

/** Prices as parts of the price of input that is neither read from a cache nor written to one. */
interface Rates {
	readonly read: number;
	readonly write: number;
	readonly write1h: number;
}

function toRates(prices: InputPrices): Rates | null {
	const input = Number(prices.inputUsdPerMTok);
	if (!(input > 0)) return null;
	const rate = (price: string | null | undefined, parent: number) =>
		price === null || price === undefined ? parent : Number(price) / input;
	const write = rate(prices.cacheWriteUsdPerMTok, 1);
	return {
		read: rate(prices.cachedInputUsdPerMTok, 1),
		write,
		write1h: rate(prices.cacheWrite1hUsdPerMTok, write),
	};
}

/** Whether tokens cost money, as far as is known. */
export const isPaid = ({ prices }: CachedModel): boolean => prices !== null && toRates(prices) !== null;

/** Whether the provider's cache makes the same beginning cheaper, or quicker where it costs nothing. */
function isWorthKeeping(model: CachedModel): boolean {
	if (model.cacheMs === 0) return false;
	const rates = model.prices && toRates(model.prices);
	return rates === null || rates.read <= cachedShareMax;
}

/** The call before of this model, while the provider's cache still has what it was sent. */
export function findWarm(before: readonly SentBefore[], model: CachedModel): SentBefore | undefined {
	if (!isWorthKeeping(model)) return undefined;
	const last = before.find(({ modelId }) => modelId === model.id);
	if (!last) return undefined;
	// Where writing has its price, a provider says whether it wrote.
	const isWritten = (model.prices?.cacheWriteUsdPerMTok ?? null) === null || last.cachedTokens > 0;
	const keptMs = last.isCachedForAnHour ? hourMs : model.cacheMs;
	return isWritten && last.ageMs <= keptMs - clockMarginMs ? last : undefined;
}

/** Of the newest pauses before a message of the person; before there are any, two of three are taken for short ones. */
const pausesMax = 8;
const assumed = { pauses: 3, short: 2 };

/** For how long it pays to have the beginning kept, if the person comes back as they did so far. */
export function toCacheWish(model: CachedModel, messages: readonly ConversationMessage[]): CacheWish {
	const rates = model.prices && toRates(model.prices);
	if (!rates || rates.write <= 1) return "default";
	if (!isWorthKeeping(model)) return "none";
	const pauses = toPauses(messages);
	const share = (withinMs: number) =>
		(pauses.filter((ms) => ms <= withinMs).length + assumed.short) / (pauses.length + assumed.pauses);
	const expect = (withinMs: number, write: number) =>
		share(withinMs) * rates.read + (1 - share(withinMs)) * write;
	const [short, long] = [expect(model.cacheMs, rates.write), expect(hourMs, rates.write1h)];
	if (Math.min(short, long) >= 1) return "none";
	return long < short ? "1h" : "default";
}

/** Milliseconds between the person's newest messages: their ids say when they were made. */
function toPauses(messages: readonly ConversationMessage[]): number[] {
	const pauses: number[] = [];
	let later: number | null = null;
	for (let place = messages.length - 1; place >= 0 && pauses.length < pausesMax; place--) {
		const message = messages[place];
		if (message?.role !== "user") continue;
		const at = toTime(message.id);
		if (at === null) break;
		if (later !== null) pauses.push(later - at);
		later = at;
	}
	return pauses;
}

/** The first 48 bits of a UUIDv7 are milliseconds since the Unix epoch (RFC 9562, 5.7). */
function toTime(id: string | undefined): number | null {
	if (id?.[14] !== "7") return null;
	return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
