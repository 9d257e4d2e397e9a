import { expect, it } from "vitest";
import { toTextParts } from "../contract/parts.ts";
import { prompts } from "../contract/prompts.ts";
import { continuationTokens } from "./continued.ts";
import { countMessageTokens } from "./index.ts";

it("what asks an answer to go on is quoted by its tokens", async () => {
	expect(continuationTokens).toBe(await countMessageTokens(toTextParts(prompts.continuation.text)));
});
