import { expect, it } from "vitest";
import { prompts } from "../../contract/prompts.ts";
import { countTokens } from "./encodings.ts";

it("what Parley itself says to models has as many tokens as are written here", async () => {
	const counts: Record<string, string> = {};
	for (const [name, { version, text }] of Object.entries(prompts))
		counts[name] = `version ${version}: ${await countTokens(text, "o200k_base")} tokens`;
	process.stdout.write(`${JSON.stringify(counts, null, "\t")}\n`);
	expect(counts).toEqual({
		continuation: "version 1: 15 tokens",
		check: "version 1: 6 tokens",
		title: "version 1: 47 tokens",
		summary: "version 1: 76 tokens",
		compare: "version 1: 71 tokens",
	});
});
