import type { ModelMessage } from "../../contract/model-message.ts";
import { type MessagePart, sentParts } from "../../contract/parts.ts";
import { refuseParameter } from "./refuse-parameter.ts";

/** Messages of one call: more than any conversation that fits the body. */
const messagesMax = 2_000;

/** `developer` is OpenAI's newer word for `system`. */
const roles: Readonly<Record<string, ModelMessage["role"]>> = {
	system: "system",
	developer: "system",
	user: "user",
	assistant: "assistant",
};
const read = ["role", "content"];
/** What answers carry, so that a caller may send them back as they came. */
const isNothing = (value: unknown) => value === null || JSON.stringify(value) === "[]" || value === "";

/** The messages of a chat completion. @throws AppError `invalid_request`, with the place in the list. */
export function readMessages(messages: unknown): ModelMessage[] {
	if (messages === undefined)
		refuseParameter("messages", "missing_required_parameter", "Send 'messages': at least one.");
	if (!Array.isArray(messages) || messages.length === 0 || messages.length > messagesMax)
		refuseParameter("messages", "invalid_value", `'messages' is a list of 1 to ${messagesMax} messages.`);
	return messages.map((message: unknown, place) => readMessage(message, `messages[${place}]`));
}

function readMessage(message: unknown, param: string): ModelMessage {
	if (typeof message !== "object" || message === null)
		return refuseParameter(param, "invalid_type", "A message is an object with 'role' and 'content'.");
	const given = message as Record<string, unknown>;
	const role = Object.hasOwn(roles, String(given.role)) ? roles[String(given.role)] : undefined;
	if (role === undefined)
		refuseParameter(
			`${param}.role`,
			given.role === "tool" || given.role === "function" ? "unsupported_value" : "invalid_value",
			"A message's role is 'system', 'developer', 'user' or 'assistant'; tools are not passed on.",
		);
	for (const [name, value] of Object.entries(given))
		if (!read.includes(name) && !isNothing(value))
			refuseParameter(
				`${param}.${name}`,
				"unsupported_parameter",
				`'${name}' of a message is not passed on.`,
			);
	const parts = readParts(given.content, { param: `${param}.content`, mayHaveImages: role === "user" });
	const checked = sentParts.safeParse(parts);
	if (checked.success) return { role, parts: checked.data };
	const words = checked.error.issues.map(({ message: words }) => words).join("; ");
	return refuseParameter(`${param}.content`, "invalid_value", words);
}

function readParts(content: unknown, by: { param: string; mayHaveImages: boolean }): MessagePart[] {
	if (typeof content === "string") return [{ type: "text", text: content }];
	if (!Array.isArray(content))
		return refuseParameter(by.param, "invalid_type", "The content is a text or a list of parts.");
	return content.map((part: unknown, place) => readPart(part, { ...by, param: `${by.param}[${place}]` }));
}

function readPart(
	part: unknown,
	{ param, mayHaveImages }: { param: string; mayHaveImages: boolean },
): MessagePart {
	const { type, text, image_url: image } = (part ?? {}) as Record<string, unknown>;
	if (type === "text" && typeof text === "string") return { type: "text", text };
	if (type === "image_url" && mayHaveImages) return readImage(image, `${param}.image_url`);
	return refuseParameter(
		`${param}.type`,
		"unsupported_value",
		`Parts of the type '${String(type).slice(0, 40)}' are not passed on here: send 'text', and images in messages of the user.`,
	);
}

/** An image in the request itself. Addresses are not fetched: the caller would choose what this server calls. */
function readImage(image: unknown, param: string): MessagePart {
	const { url } = (image ?? {}) as Record<string, unknown>;
	const [, mediaType, base64] =
		/^data:(image\/(?:png|jpeg|webp|gif));base64,(.*)$/s.exec(typeof url === "string" ? url : "") ?? [];
	if (mediaType === undefined || base64 === undefined)
		return refuseParameter(
			`${param}.url`,
			"unsupported_value",
			"Send an image as a data URL with base64 (png, jpeg, webp, gif); addresses are not fetched.",
		);
	return {
		type: "image",
		mediaType: mediaType as Extract<MessagePart, { type: "image" }>["mediaType"],
		source: { type: "inline", base64 },
	};
}
