/**
 * Text that PostgreSQL and JSON can both hold. U+0000 cannot be stored in a text column; a lone surrogate is no
 * Unicode scalar value (Unicode 16, D76) and would come back as another character.
 */
import * as z from "zod";

/** What a person or an app sends: refused, with the reason, rather than changed behind their back. */
export function wellFormedText(limits: { min?: number; max: number }) {
	return z
		.string()
		.min(limits.min ?? 0)
		.max(limits.max)
		.refine((text) => !text.includes("\u0000"), "Contains the character U+0000, which cannot be stored.")
		.refine((text) => text.isWellFormed(), "Contains half of a surrogate pair: not valid Unicode.");
}
