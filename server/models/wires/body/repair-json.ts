/** Strings, and the numbers that JSON does not have. */
const token = /"(?:[^"\\]|\\.)*"|\bNaN\b|-?\bInfinity\b/gs;
const inString = /\\(?:["\\/bfnrt]|u[\da-f]{4})|\\|\p{Cc}/giu;

/**
 * Writes as JSON what servers write instead: numbers that are none become null, control characters in strings are escaped, and a
 * backslash that escapes nothing is a backslash.
 */
export function repairJson(text: string): string {
	return text.replace(token, (found) => (found.startsWith('"') ? found.replace(inString, toEscape) : "null"));
}

function toEscape(found: string): string {
	if (found === "\\") return "\\\\";
	return found.startsWith("\\") ? found : `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
