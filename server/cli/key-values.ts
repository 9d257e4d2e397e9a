import { UsageError } from "./command.ts";

/** Parses the value of one key. The word `none` means null, for keys that may have no limit. */
export type KeyReader = (text: string, key: string) => { readonly name: string; readonly value: unknown };

/**
 * Reads `NAME key=value ...`.
 *
 * @throws {UsageError} for a missing name, an unknown key, a word without `=` or a key that is given twice.
 */
export function readKeyValues(
	words: readonly string[],
	readers: Readonly<Record<string, KeyReader>>,
): { name: string; values: Record<string, unknown> } {
	const [name, ...pairs] = words;
	const known = Object.keys(readers).join(", ");
	if (name === undefined || name.includes("="))
		throw new UsageError("A name comes before the first key=value");
	if (pairs.length === 0) throw new UsageError(`Name at least one key=value. Known keys: ${known}`);
	const values: Record<string, unknown> = {};
	for (const pair of pairs) {
		const [, key = "", text = ""] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
		const reader = Object.hasOwn(readers, key) ? readers[key] : undefined;
		if (!reader) throw new UsageError(`"${pair}" is not a known key=value. Known keys: ${known}`);
		const read = reader(text, key);
		if (Object.hasOwn(values, read.name)) throw new UsageError(`${key} is given twice`);
		values[read.name] = read.value;
	}
	return { name, values };
}

const isNone = (text: string) => text === "none";

export const asText =
	(name: string): KeyReader =>
	(text) => ({ name, value: isNone(text) ? null : text });

export const asCount =
	(name: string): KeyReader =>
	(text, key) => {
		if (isNone(text)) return { name, value: null };
		if (!/^\d{1,15}$/.test(text)) throw new UsageError(`${key} must be a whole number, 0 or more, or none`);
		return { name, value: Number(text) };
	};

/** An amount in US dollars, converted to nano-dollars. */
export const asUsd =
	(name: string): KeyReader =>
	(text, key) => ({ name, value: isNone(text) ? null : parseUsd(text, key) });

export const asFlag =
	(name: string): KeyReader =>
	(text, key) => {
		if (text !== "true" && text !== "false") throw new UsageError(`${key} must be true or false`);
		return { name, value: text === "true" };
	};

/** `a,b`; `none` means no list. */
export const asList =
	(name: string): KeyReader =>
	(text) => ({ name, value: isNone(text) ? null : text.split(",").filter((part) => part !== "") });

/** Nano-dollars of a decimal number of US dollars with at most nine places. @throws {UsageError} */
export function parseUsd(text: string, key: string): string {
	const match = /^(-?)(\d{1,9})(?:\.(\d{1,9}))?$/.exec(text);
	if (!match) throw new UsageError(`${key} must be a decimal number of US dollars`);
	return BigInt(`${match[1]}${match[2]}${(match[3] ?? "").padEnd(9, "0")}`).toString();
}
