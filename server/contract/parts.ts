/**
 * What a message is made of, version 1: the same parts from `chat.send` to the model and to the browser. Types and fields may
 * be added; none changes its meaning. A message with text alone is stored without parts, as its plain text.
 */
import * as z from "zod";
import { inlineImageCharactersMax, messageCharactersMax, messagePartsMax } from "./limits.ts";
import { wellFormedText } from "./text.ts";

const part = <Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
	z.object({ type: z.literal(type), ...shape });

/** Where the bytes of a file or an image are: in the part itself, or in a stored file. */
const source = z.discriminatedUnion("type", [
	z.object({ type: z.literal("inline"), base64: z.base64().max(inlineImageCharactersMax) }),
	z.object({ type: z.literal("file"), fileId: z.uuid() }),
]);

const imageMediaTypes = ["image/png", "image/jpeg", "image/webp", "image/gif"] as const;

const textPart = part("text", { text: z.string() });
const imagePart = part("image", { mediaType: z.enum(imageMediaTypes), source });

export const messagePart = z.discriminatedUnion("type", [
	textPart,
	imagePart,
	part("file", { name: z.string(), mediaType: z.string(), source }),
	part("tool-call", { callId: z.string(), toolName: z.string(), input: z.json() }),
	part("tool-result", {
		callId: z.string(),
		toolName: z.string(),
		output: z.json(),
		isError: z.boolean().optional(),
	}),
	/** What a model thought before it answered; `durationMs` is absent when no process measured it to the end. */
	part("reasoning", { text: z.string(), durationMs: z.number().int().nonnegative().optional() }),
	/** A passage that supports the answer: `fromCharacter` to `toCharacter` (UTF-16 code units) of the message's text. */
	part("citation", {
		title: z.string(),
		url: z.string().optional(),
		fileId: z.uuid().optional(),
		quote: z.string().optional(),
		fromCharacter: z.number().int().nonnegative(),
		toCharacter: z.number().int().nonnegative(),
	}),
	/** Stands for a part that a newer version of Parley stored and this one cannot read; never stored itself. */
	part("unknown", {}),
]);
export type MessagePart = z.infer<typeof messagePart>;

/** Files of text are sent as text. */
export const isTextFile = ({ mediaType, source }: Extract<MessagePart, { type: "file" }>): boolean =>
	source.type === "inline" &&
	/^text\/|^application\/(json|xml|yaml|x-yaml|javascript)\b|\+(json|xml)$/i.test(mediaType);

/** A message's parts as they are stored; each part is read by itself. */
const storedParts = z.object({ version: z.literal(1), parts: z.array(z.unknown()) });

/** A text that a person or an app sends, alone or as a part: providers refuse one without a visible character. */
export const messageText = wellFormedText({ min: 1, max: messageCharactersMax }).refine(
	(text) => /[^\s\p{Cc}\p{Cf}]/u.test(text),
	"A text needs at least one visible character.",
);

/** What a person or an app may send: text and inline images. */
export const sentParts = z
	.array(z.discriminatedUnion("type", [textPart.extend({ text: messageText }), imagePart]))
	.min(1)
	.max(messagePartsMax)
	.refine(
		(parts) => toPlainText(parts).length <= messageCharactersMax,
		`The text of all parts together has at most ${messageCharactersMax} characters.`,
	);

export const toTextParts = (text: string): MessagePart[] => [{ type: "text", text }];

/** The text of a message's text parts, joined by blank lines: what is searched, titled and copied. */
export function toPlainText(parts: readonly MessagePart[]): string {
	return parts.flatMap((each) => (each.type === "text" ? [each.text] : [])).join("\n\n");
}

/** Parts as `messages.parts` stores them; null for a message that its plain text tells whole. */
export function toStoredParts(
	parts: readonly MessagePart[],
): { readonly version: 1; readonly parts: readonly MessagePart[] } | null {
	const isPlain = parts.length === 0 || (parts.length === 1 && parts[0]?.type === "text");
	return isPlain ? null : { version: 1, parts };
}

/**
 * Reads a stored message, whatever stored it: a conversation can always be opened. One without parts is its plain text. A part
 * that is unknown here is marked as such beside the known ones; of a form that is unknown as a whole, the plain text remains.
 */
export function parseStoredParts(stored: unknown, text: string): MessagePart[] {
	const plain = text === "" ? [] : toTextParts(text);
	if (stored === null || stored === undefined) return plain;
	const parsed = storedParts.safeParse(stored);
	return parsed.success ? parsed.data.parts.map(parsePart) : [...plain, { type: "unknown" }];
}

function parsePart(stored: unknown): MessagePart {
	const parsed = messagePart.safeParse(stored);
	return parsed.success ? parsed.data : { type: "unknown" };
}
