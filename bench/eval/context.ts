/**
 * Chooses what a model would read of a conversation, by the code that serves turns: `npm run -s eval:context`. Reads JSON lines
 * `{"op":"conversation", id, turns: [{id, speaker, date?, text, tokens}]}`, then `{"op":"query", id, conversation, question, budget_tokens}`,
 * and answers each query with `{id, kept: [turn ids]}`. `--strategy auto` (default) ranks by the question, `window` keeps the newest.
 * No model is called. Exit code 2 for a line that is none, or an unknown strategy or conversation.
 */
import { parseArgs } from "node:util";
import * as z from "zod";
import { type ConversationMessage, choose, rank } from "../../server/context/index.ts";
import { toTextMessage } from "../../server/contract/model-message.ts";
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
interface Message extends ConversationMessage {
	readonly turnId: string | null;
}

const { values } = parseArgs({ options: { strategy: { type: "string", default: "auto" } } });
if (!["auto", "window"].includes(values.strategy)) {
	process.stderr.write(`Unknown strategy "${values.strategy}": auto or window.\n`);
	process.exit(2);
}

const conversations = new Map<string, readonly Message[]>();

const toMessage = ({ id, speaker, date, text, tokens }: Turn): Message => ({
	...toTextMessage(speaker === "assistant" ? "assistant" : "user", `${speaker} (${date ?? ""}): ${text}`),
	tokens,
	turnId: id,
});

await answerLines(async (input) => {
	const next = line.parse(input);
	if (next.op === "conversation") {
		conversations.set(next.id, next.turns.map(toMessage));
		return undefined;
	}
	const turns = conversations.get(next.conversation);
	if (!turns) throw new Error(`conversation "${next.conversation}" is unknown.`);
	// The budget is for the turns: the question costs nothing of it.
	const question: Message = { ...toTextMessage("user", next.question), tokens: 0, turnId: null };
	const conversation = [...turns, question];
	const relevance = values.strategy === "auto" ? await rank(conversation) : undefined;
	const chosen = new Set(choose(conversation, next.budget_tokens, relevance));
	return {
		id: next.id,
		kept: turns.flatMap((each) => (chosen.has(each) && each.turnId !== null ? [each.turnId] : [])),
	};
});
