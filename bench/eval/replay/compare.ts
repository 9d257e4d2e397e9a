/** Replays threads four ways, each against a provider's cache of its own. */
import * as context from "../../../server/context/index.ts";
import { sentContext } from "../../../server/contract/sent-context.ts";
import { readBuiltInModels } from "../../../server/models/catalogue/built-in.ts";
import { toCatalogue } from "../../../server/models/catalogue/catalogue.ts";
import { createProvider, type SentMessage } from "./provider.ts";
import type { Thread } from "./thread.ts";

/** US dollars for the input of all requests. */
export interface CostRow {
	readonly warm: number;
	/** All of the conversation, as if nothing were ever read from a cache. */
	readonly uncached: number;
	/** All of it, kept by the provider's cache. */
	readonly full: number;
	/** A fifth of it, chosen for each request, never kept. */
	readonly fresh: number;
	/** As the strategy `auto` plans it. */
	readonly auto: number;
	readonly asked: number;
	/** Questions whose evidence was sent by `auto`, all of it. */
	readonly found: number;
	/** The same by a fifth of the conversation, chosen for the question. */
	readonly foundFresh: number;
	/** How long each plan of `auto` took, milliseconds. */
	readonly planMs: number[];
}

const minuteMs = 60_000;
const pauses = { warmMs: minuteMs, coldMs: 120 * minuteMs };
const startMs = Date.UTC(2026, 0, 1);

type Sums = { -readonly [Key in keyof CostRow]: CostRow[Key] };

export async function compare(
	threads: readonly Thread[],
	{ modelId, warm }: { readonly modelId: string; readonly warm: number },
): Promise<CostRow> {
	const sums: Sums = {
		warm,
		uncached: 0,
		full: 0,
		fresh: 0,
		auto: 0,
		asked: 0,
		found: 0,
		foundFresh: 0,
		planMs: [],
	};
	const model = findModel(modelId);
	for (const thread of threads) await replay(thread, model, sums);
	return sums;
}

function findModel(modelId: string) {
	const kind = modelId.startsWith("claude")
		? "anthropic"
		: modelId.startsWith("gemini")
			? "google"
			: "openai";
	const provider = {
		id: kind,
		kind,
		baseUrl: "https://provider.example",
		apiKey: "k",
		list: "catalogue",
		isGuess: false,
	} as const;
	const settings = { providers: {}, config: { providers: [], models: [] }, defaultModel: null } as never;
	const models = toCatalogue({
		settings,
		providers: [provider],
		builtIn: readBuiltInModels(),
		discovered: [],
	});
	const model = models.find(({ id }) => id === modelId);
	if (!model?.prices) throw new Error(`The catalogue has no prices of "${modelId}".`);
	return { ...model, prices: model.prices };
}
type Model = ReturnType<typeof findModel>;

/** The same numbers in the same order on every run (mulberry32). */
function createDice(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let t = Math.imul(state ^ (state >>> 15), 1 | state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
	};
}

/** A UUIDv7 of that instant: the planner reads from it how the person came back so far. */
function toId(atMs: number, count: number): string {
	const hex = atMs.toString(16).padStart(12, "0");
	return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${count.toString(16).padStart(12, "0")}`;
}

async function replay({ turns, questions }: Thread, model: Model, sums: Sums): Promise<void> {
	const person = turns[0]?.speaker;
	const dice = createDice(turns.length);
	const ways = toWays(model);
	const messages: context.ConversationMessage[] = [];
	const turnIds = new Map<unknown, string>();
	let atMs = startMs;
	const pause = () => {
		atMs += messages.length > 0 && dice() < sums.warm ? pauses.warmMs : pauses.coldMs;
	};
	const add = (role: "user" | "assistant", text: string, tokens: number) => {
		const message = {
			id: toId(atMs, messages.length),
			role,
			parts: [{ type: "text", text }],
			tokens,
		} as const;
		messages.push(message);
		return message;
	};
	for (const { id, speaker, date, text, tokens } of turns) {
		const isAsked = speaker === person;
		if (isAsked) pause();
		turnIds.set(add(isAsked ? "user" : "assistant", `${speaker} (${date ?? ""}): ${text}`, tokens), id);
		if (isAsked) await ways.send(messages, atMs, sums);
	}
	// Each question is asked at the end of the same thread, as if the others had not been.
	pause();
	for (const { question, evidence } of questions) {
		const asked = add("user", question, Math.ceil(question.length / 4));
		const [sent, fresh] = [await ways.ask(messages, atMs), await ways.askFresh(messages)];
		messages.splice(messages.indexOf(asked), 1);
		const hasAll = (found: Set<unknown>) => {
			const ids = new Set([...found].map((message) => turnIds.get(message)));
			return evidence.every((id) => ids.has(id));
		};
		sums.asked++;
		if (hasAll(sent)) sums.found++;
		if (hasAll(fresh)) sums.foundFresh++;
	}
}

/** The four ways, with what each remembers of the thread. */
function toWays(model: Model) {
	const full = createProvider(model.prices, model.cacheMs);
	const auto = createProvider(model.prices, model.cacheMs);
	const bare = createProvider(
		{ ...model.prices, cachedInputUsdPerMTok: null, cacheWriteUsdPerMTok: null },
		0,
	);
	let before: (context.SentBefore & { readonly atMs: number }) | null = null;

	async function plan(messages: readonly context.ConversationMessage[], atMs: number) {
		const aged = before ? [{ ...before, ageMs: atMs - before.atMs }] : [];
		const conversation = { ...context.toConversation([...messages]), before: aged };
		const relevance = await context.retrieve(conversation, [model]);
		return context.fit(conversation, model, { relevance });
	}
	/** The question, and a fifth of what was said before it. */
	async function chooseFresh(messages: readonly context.ConversationMessage[]) {
		const last = messages.at(-1)?.tokens ?? 0;
		const all = messages.reduce((sum, { tokens }) => sum + tokens, 0);
		const budget = Math.floor(last + 0.2 * (all - last));
		const conversation = { ...context.toConversation([...messages]), strategy: "semantic" } as const;
		const window = { contextWindow: budget, maxOutputTokens: 0 };
		const relevance = await context.retrieve(conversation, [window]);
		return context.fit(conversation, window, { relevance });
	}
	return {
		async send(messages: readonly context.ConversationMessage[], atMs: number, sums: Sums): Promise<void> {
			const whole = messages.map((message) => ({ key: message, tokens: message.tokens }));
			sums.uncached += bare.send(whole, { atMs, wish: "none" }).usd;
			sums.full += full.send(whole, { atMs, wish: "default" }).usd;
			const { inputTokens } = await chooseFresh(messages);
			sums.fresh += bare.send([{ key: null, tokens: inputTokens }], { atMs, wish: "none" }).usd;
			const startedAt = performance.now();
			const fitted = await plan(messages, atMs);
			sums.planMs.push(performance.now() - startedAt);
			const sent = toKeyed(fitted.messages, messages);
			const { usd, cachedTokens } = auto.send(sent, { atMs, wish: fitted.cacheWish });
			sums.auto += usd;
			before = {
				modelId: model.id,
				lastMessageId: messages.at(-1)?.id ?? "",
				ageMs: 0,
				atMs,
				sent: fitted.sent && sentContext.parse(fitted.sent),
				cachedTokens,
				isCachedForAnHour: fitted.cacheWish === "1h" && cachedTokens > 0,
			};
		},
		askFresh: async (messages: readonly context.ConversationMessage[]): Promise<Set<unknown>> =>
			new Set((await chooseFresh(messages)).messages),
		/** The messages that are sent for a question, as they are or as evidence. */
		async ask(messages: readonly context.ConversationMessage[], atMs: number): Promise<Set<unknown>> {
			const { sent } = await plan(messages, atMs);
			if (sent === null) return new Set(messages);
			const found = new Set<unknown>();
			const places = new Map(messages.map(({ id }, place) => [id, place]));
			for (const item of sent.items) {
				if (item.type === "evidence")
					for (const id of item.messageIds) found.add(messages[places.get(id) ?? -1]);
				if (item.type !== "messages") continue;
				const first = places.get(item.first) ?? 0;
				for (const message of messages.slice(first, first + item.count)) found.add(message);
			}
			return found;
		},
	};
}

/** A message of the conversation is itself; what the planner wrote is known by its text. */
function toKeyed(
	sent: readonly { readonly parts: readonly unknown[] }[],
	messages: readonly context.ConversationMessage[],
): SentMessage[] {
	const known = new Map<unknown, context.ConversationMessage>(messages.map((message) => [message, message]));
	return sent.map((message) => {
		const own = known.get(message);
		if (own) return { key: own, tokens: own.tokens };
		const text = JSON.stringify(message.parts);
		return { key: text, tokens: Math.ceil(text.length / 4) };
	});
}
