import { AppError } from "../../contract/errors.ts";
import type { ModelMessage } from "../../contract/model-message.ts";
import { isTextFile, type MessagePart } from "../../contract/parts.ts";

type Part<Type extends MessagePart["type"]> = Extract<MessagePart, { type: Type }>;

/** A part as every wire can send it: the bytes of images and files are inline. */
export type WirePart =
	| { readonly type: "text"; readonly text: string }
	| { readonly type: "image"; readonly mediaType: string; readonly base64: string }
	| { readonly type: "file"; readonly name: string; readonly mediaType: string; readonly base64: string }
	| Pick<Part<"tool-call">, "type" | "callId" | "toolName" | "input">
	| Pick<Part<"tool-result">, "type" | "callId" | "toolName" | "output" | "isError">;

/** Messages of the role `tool` have results of tools alone, those of other roles none. */
export interface WireMessage {
	readonly role: "system" | "user" | "assistant" | "tool";
	readonly parts: readonly WirePart[];
}

/**
 * Prepares a conversation for a wire. Results of tools become messages of their own, in their place. Reasoning and citations are for
 * people and are not sent back to a model. Messages without content are left out.
 *
 * @throws AppError `unsupported_content` for an unknown part, and for a stored file: its bytes must be put into the part before.
 */
export function toWireMessages(messages: readonly ModelMessage[]): WireMessage[] {
	const sent: WireMessage[] = [];
	for (const { role, parts } of messages) {
		let isOpen = false;
		for (const part of parts.flatMap(toWirePart)) {
			const partRole = part.type === "tool-result" ? "tool" : role;
			const last = sent.at(-1);
			if (isOpen && last?.role === partRole)
				sent[sent.length - 1] = { ...last, parts: [...last.parts, part] };
			else sent.push({ role: partRole, parts: [part] });
			isOpen = true;
		}
	}
	return sent;
}

function toWirePart(part: MessagePart): WirePart[] {
	switch (part.type) {
		case "text":
			return part.text === "" ? [] : [{ type: "text", text: part.text }];
		case "image":
			return [{ type: "image", mediaType: part.mediaType, base64: toBase64(part) }];
		case "file":
			return [isTextFile(part) ? toTextOfFile(part) : toInlineFile(part)];
		case "tool-call":
		case "tool-result":
			return [part];
		case "reasoning":
		case "citation":
			return [];
		case "unknown":
			throw new AppError("unsupported_content", "A part of an unknown type cannot be sent to a model.");
	}
}

const toInlineFile = (part: Part<"file">): WirePart => ({
	type: "file",
	name: part.name,
	mediaType: part.mediaType,
	base64: toBase64(part),
});

const toTextOfFile = (part: Part<"file">): WirePart => ({
	type: "text",
	text: `${part.name}:\n\n${Buffer.from(toBase64(part), "base64").toString("utf8")}`,
});

function toBase64({ source }: Part<"image"> | Part<"file">): string {
	if (source.type === "inline") return source.base64;
	const message = "The bytes of a stored file must be loaded before a model is called.";
	throw new AppError("unsupported_content", message, {
		details: { fileId: source.fileId, abilities: ["files"] },
	});
}

/** Merges consecutive messages of one role, as when an answer failed and the person wrote again. */
export function toAlternating(messages: readonly WireMessage[]): WireMessage[] {
	const merged: WireMessage[] = [];
	for (const message of messages) {
		const last = merged.at(-1);
		if (last?.role === message.role)
			merged[merged.length - 1] = { ...last, parts: [...last.parts, ...message.parts] };
		else merged.push(message);
	}
	return merged;
}

/** Sends messages of another role as the user's. */
export const asUser =
	(other: "system" | "tool") =>
	({ role, parts }: WireMessage): WireMessage => ({ role: role === other ? "user" : role, parts });

/** The text of the parts, joined by blank lines. */
export const toText = (parts: readonly WirePart[]): string =>
	parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n\n");

export const toDataUrl = ({ mediaType, base64 }: { mediaType: string; base64: string }): string =>
	`data:${mediaType};base64,${base64}`;
