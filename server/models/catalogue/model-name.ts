/** Guesses from model names what lists do not say. These rules only choose defaults; the config file overrides them. */

const reasoningName =
	/(^|[/_-])(o[1-9]|gpt-([5-9]|\d\d)|gpt-oss|r1|qwq|magistral)(?![a-z0-9])|think|reason|deepseek-r\d|qwen3(?!-coder)|gemini-(2\.5|[3-9])/i;

/** Whether a model reasons before it answers, by its name; a wrong guess only moves a deadline. */
export function isReasoningName(name: string): boolean {
	return reasoningName.test(name) && !/-chat-latest$|instruct/i.test(name);
}

const visionName =
	/vision|(^|[^a-z])vl([^a-z]|$)|llava|pixtral|gpt-(4o|4\.1|[5-9]|\d\d)(?!.*(audio|search))|(^|[/_-])o[34](?!-mini)(?![a-z0-9])|o4-mini|claude-([a-z]+-)?[3-9]|gemini-|gemma-?[34]|mistral-(small|medium|large)-3|llama-?4|multimodal/i;

/** Whether a model reads images, by its name. A wrong guess refuses images that it could read, or lets its provider refuse them. */
export function isVisionName(name: string): boolean {
	return visionName.test(name);
}

const otherPurpose =
	/(^|[/_.:-])(embed|embeddings?|bge|minilm|e5|whisper|tts|stt|transcribe|dall-e|imagen|image|moderation|realtime|rerank(er)?)(?![a-z])|embed-text|davinci|babbage/i;

/** False for models of other purposes, which discovered lists leave out. */
export function isChatName(name: string): boolean {
	return !otherPurpose.test(name);
}

/** The first version number in a name, for "newest first": `claude-opus-5-5` is 5.5, `gpt-4o` is 4, none is 0. */
export function toVersion(name: string): number {
	const match = /(\d{1,2})(?:[.-](\d{1,2})(?!\d))?/.exec(name);
	return match ? Number(`${match[1]}.${match[2] ?? 0}`) : 0;
}

/**
 * The model that the provider reports, when it is another than the requested one; null when it is the same. Providers may report the
 * same model with a date or number (`gpt-4o-2024-08-06`), and with or without vendor and alias (`openai/gpt-4o:free`).
 */
export function toOtherModelId(askedId: string, reportedId: string | undefined): string | null {
	if (!reportedId) return null;
	const [asked, reported] = [toPlainName(askedId), toPlainName(reportedId)];
	const [short, long] = asked.length < reported.length ? [asked, reported] : [reported, asked];
	return long.startsWith(short) && /^(\d{3,})?$/.test(long.slice(short.length)) ? null : reportedId;
}

/** Lower case, without vendor, alias and signs: `meta-llama/Llama-3.3:free` is `llama33`. */
const toPlainName = (name: string): string =>
	name
		.toLowerCase()
		.replace(/^.*\//, "")
		.replace(/[:-](free|latest|nitro|floor|online)$/, "")
		.replace(/[^\p{L}\p{N}]/gu, "");
