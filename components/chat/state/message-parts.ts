import type { Message, SentPart } from "@/server/client";

type Parts = Message["parts"];

/** Whether a message can be sent once more with other words: it has nothing that only the server may add. */
export const isSendable = (parts: Parts): boolean =>
	(parts ?? []).every(({ type }) => type === "text" || type === "image");

/** The parts that are images. */
export const toImages = (parts: Parts | readonly SentPart[] | undefined) =>
	(parts ?? []).filter((part) => part.type === "image");

/**
 * What an edited message is made of: the new text in the place of the old one, and all that is not text. Null when text is all
 * there is.
 */
export function toEditedParts(parts: Parts | readonly SentPart[], text: string): readonly SentPart[] | null {
	const images = toImages(parts);
	if (images.length === 0) return null;
	if (text.trim() === "") return images;
	const textAt = parts?.findIndex(({ type }) => type === "text") ?? 0;
	// All that stands before the first text are images.
	const above = textAt < 0 ? images.length : textAt;
	return [...images.slice(0, above), { type: "text", text }, ...images.slice(above)];
}
