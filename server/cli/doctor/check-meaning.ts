import { createLocalEmbedder } from "../../embeddings/index.ts";
import type { Settings } from "../../settings/index.ts";
import type { Finding } from "./check-settings.ts";

/** Which model says what messages mean, and in which languages. */
export function checkMeaning({ comparesMeaning }: Pick<Settings, "comparesMeaning">): Finding {
	const check = "embeddings";
	const byWords = "messages of long threads are compared by their words alone";
	if (!comparesMeaning) return { check, state: "ok", detail: `off: ${byWords}` };
	const embedder = createLocalEmbedder();
	if (!embedder)
		return {
			check,
			state: "warn",
			detail: `the package of the embedding model is not installed: ${byWords}`,
		};
	return { check, state: "ok", detail: `${embedder.name}, languages: ${embedder.languages}` };
}
