import { expect, it } from "vitest";
import { continuation, continuationTokens } from "./continued.ts";
import { countMessageTokens } from "./index.ts";

it("what asks an answer to go on is quoted by its tokens", async () => {
	expect(continuationTokens).toBe(await countMessageTokens(continuation));
});
