/**
 * Chooses what a model would read of a conversation, by the code that serves turns: `npm run -s eval:context`. Reads JSON lines
 * `{"op":"conversation", id, turns: [{id, speaker, date?, text, tokens}]}`, then `{"op":"query", id, conversation, question, budget_tokens}`,
 * and answers each query with `{id, kept: [turn ids]}`: what the strategy sends within the budget. `--strategy auto` (default) chooses
 * as it does when no cache is warm; `semantic` is the same, `window` and `summary` (without a summary) keep the newest, `full` keeps
 * all or, where that is too much, nothing. Turns have vectors of the model that ships with the packages, unless `--without-vectors`
 * is given. No model is called over the network. Exit code 2 for a line that is none, or an unknown strategy or conversation.
 */
import { parseArgs } from "node:util";
import * as z from "zod";
import * as context from "../../server/context/index.ts";
import { isAppError } from "../../server/contract/errors.ts";
import { contextStrategies } from "../../server/contract/kinds.ts";
import { toTextMessage } from "../../server/contract/model-message.ts";
import * as embeddings from "../../server/embeddings/index.ts";
import { answerLines } from "./lines.ts";

const turn = z.object({
	id: z.coerce.string(),
	speaker: z.string(),
	date: z.string().optional(),
	text: z.string(),
	tokens: z.number().int().nonnegative(),
});
const line = z.discriminatedUnion("op", [
	z.object({ op: z.literal("conversation"), id: z.coerce.string(), turns: z.array(turn) }),
	z.object({
		op: z.literal("query"),
		id: z.coerce.string(),
		conversation: z.coerce.string(),
		question: z.string(),
		budget_tokens: z.number().nonnegative(),
	}),
]);

type Turn = z.infer<typeof turn>;
interface Message extends context.ConversationMessage {
	readonly turnId: string | null;
}

const { values } = parseArgs({
	options: {
		strategy: { type: "string", default: "auto" },
		"without-vectors": { type: "boolean", default: false },
	},
});
const strategy = contextStrategies.find((each) => each === values.strategy);
if (!strategy) {
	process.stderr.write(`Unknown strategy "${values.strategy}": ${contextStrategies.join(", ")}.\n`);
	process.exit(2);
}

const planned = strategy === "auto" ? "semantic" : strategy;

const embedder = values["without-vectors"] ? null : embeddings.createLocalEmbedder();

const conversations = new Map<string, { messages: readonly Message[]; vectors: context.MessageVectors }>();

const toMessage = ({ id, speaker, date, text, tokens }: Turn): Message => ({
	...toTextMessage(speaker === "assistant" ? "assistant" : "user", `${speaker} (${date ?? ""}): ${text}`),
	tokens,
	turnId: id,
	id,
});

await answerLines(async (input) => {
	const next = line.parse(input);
	if (next.op === "conversation") {
		const messages = next.turns.map(toMessage);
		conversations.set(next.id, { messages, vectors: await toVectors(messages) });
		return undefined;
	}
	const known = conversations.get(next.conversation);
	if (!known) throw new Error(`conversation "${next.conversation}" is unknown.`);
	// The budget is for the turns: the question costs nothing of it.
	const question: Message = { ...toTextMessage("user", next.question), tokens: 0, turnId: null };
	const chosen = await choose([...known.messages, question], next.budget_tokens, known.vectors);
	return {
		id: next.id,
		kept: known.messages.flatMap((each) => (chosen.has(each) && each.turnId !== null ? [each.turnId] : [])),
	};
});

/** Vectors as they are stored when a thread has become long. */
async function toVectors(messages: readonly Message[]): Promise<context.MessageVectors> {
	const vectors = new Map<string, Int8Array>();
	if (!embedder) return vectors;
	const texts = messages
		.map(({ id, parts: [part] }) => ({
			id,
			text: part?.type === "text" ? embeddings.toEmbeddedText(part.text) : "",
		}))
		.filter(({ text }) => embeddings.knowsLanguage(embedder, text))
		// Texts of like length together, which takes a third less.
		.sort((a, b) => a.text.length - b.text.length);
	for (let at = 0; at < texts.length; at += embedder.textsMax) {
		const batch = texts.slice(at, at + embedder.textsMax);
		const made = await embedder.embed(batch.map(({ text }) => text));
		for (const [place, { id }] of batch.entries()) {
			const vector = made[place];
			if (id !== undefined && vector) vectors.set(id, embeddings.toStored(vector));
		}
	}
	return vectors;
}

/** What is sent of a conversation within a budget. */
async function choose(
	messages: readonly Message[],
	budget: number,
	vectors: context.MessageVectors,
): Promise<Set<unknown>> {
	const conversation = { ...context.toConversation(messages), strategy: planned };
	const model = { contextWindow: budget, maxOutputTokens: 0 };
	try {
		const relevance = await context.retrieve(conversation, [model], async () => vectors);
		return new Set(context.fit(conversation, model, { relevance }).messages);
	} catch (error) {
		if (isAppError(error) && error.code === "context_too_long") return new Set();
		throw error;
	}
}
