/**
 * Takes out of a recorded response whatever names an account, a person or a request. Every replacement is as long as what it
 * replaces, so that the bytes keep their places and their times.
 */

/** JSON fields whose value is a name of something of the account's, at any provider. */
const nameFields =
	"id|request_id|requestId|response_id|responseId|conversation_id|system_fingerprint|organization|organization_id|org_id|project|project_id|account|account_id|user|user_id|tenant|email";

const namedValue = new RegExp(`("(?:${nameFields})"\\s*:\\s*")((?:[^"\\\\]|\\\\.)*)(")`, "g");

/** Keys, organisations, projects and addresses, wherever they stand, also half hidden as in "Incorrect API key: sk-ab**yz". */
const secretShapes = [
	/\b(?:sk|pk|rk|ak|gsk|hf|xai|org|proj|asst|user|acct|key)[-_][A-Za-z0-9_*-]{6,}/g,
	/\bAIza[A-Za-z0-9_*-]{10,}/g,
	/\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_.-]+/g,
	/\bBearer\s+[^\s"',]+/gi,
	/[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}/g,
];

/** Headers that say how a provider behaves. All others, cookies and ids among them, are left out. */
const keptHeader =
	/^(content-type|cache-control|retry-after(-ms)?|(x-|anthropic-)?ratelimit-.*|openai-version|openai-processing-ms)$/;

/** Letters and digits become 0; what holds a name together (`chatcmpl-`) stays, as readers may look at it. */
function mask(text: string): string {
	const prefix = /^[a-z]{2,12}[-_](?=.{4})/.exec(text)?.[0] ?? "";
	return prefix + text.slice(prefix.length).replace(/[A-Za-z0-9]/g, "0");
}

const maskWhole = (text: string): string => text.replace(/[A-Za-z0-9]/g, "0");

/** @param secrets the keys themselves, which are taken out wherever they stand. */
export function scrubText(text: string, secrets: readonly string[]): string {
	const withoutSecrets = secrets
		.filter((secret) => secret !== "")
		.reduce((rest, secret) => rest.replaceAll(secret, maskWhole(secret)), text);
	const withoutNames = withoutSecrets.replace(
		namedValue,
		(_, before: string, value: string, after: string) => before + mask(value) + after,
	);
	return secretShapes.reduce((rest, shape) => rest.replace(shape, mask), withoutNames);
}

export function scrubHeaders(
	headers: Readonly<Record<string, string>>,
	secrets: readonly string[],
): Record<string, string> {
	const kept = Object.entries(headers).filter(([name]) => keptHeader.test(name));
	return Object.fromEntries(kept.map(([name, value]) => [name, scrubText(value, secrets)]));
}
