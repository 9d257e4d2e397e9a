/** An object of parsed JSON. Its fields are checked where they are used. */
export type Fields = Readonly<Record<string, unknown>>;

const none: Fields = {};

/** The value as an object; an empty one for any other value. */
export const toFields = (value: unknown): Fields =>
	// As: every field stays unknown.
	typeof value === "object" && value !== null ? (value as Fields) : none;

export const toList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
