import { createLocalEmbedder } from "../../embeddings/index.ts";
import type { Settings } from "../../settings/index.ts";
import type { Finding } from "./check-settings.ts";

/** Which model says what messages mean, and in which languages. */
export function checkMeaning({ meaning, config }: Pick<Settings, "meaning" | "config">): Finding {
	const check = "embeddings";
	const byWords = "messages of long threads are compared by their words alone";
	if (meaning.isOff) return { check, state: "ok", detail: `off: ${byWords}` };
	const own = config.embeddings.find(({ id }) => id === meaning.model);
	if (own) return { check, state: "ok", detail: `${own.id} of ${own.provider}, languages: ${own.languages}` };
	const embedder = createLocalEmbedder();
	if (!embedder)
		return {
			check,
			state: "warn",
			detail: `the package of the embedding model is not installed: ${byWords}`,
		};
	return { check, state: "ok", detail: `${embedder.name}, languages: ${embedder.languages}` };
}
