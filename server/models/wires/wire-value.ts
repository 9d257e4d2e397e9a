/** What a wire's JSON holds, looked at without believing it. */
export type Fields = Readonly<Record<string, unknown>>;

const none: Fields = {};

/** The fields of an object; none of anything else. */
export const toFields = (value: unknown): Fields =>
	// As: every field is looked at as unknown.
	typeof value === "object" && value !== null ? (value as Fields) : none;

export const toList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
