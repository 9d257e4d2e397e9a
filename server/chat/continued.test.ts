import { expect, it } from "vitest";
import { countMessageTokens } from "../context/index.ts";
import { continuation, continuationTokens } from "./continued.ts";

it("what asks an answer to go on is quoted by its tokens", async () => {
	expect(continuationTokens).toBe(await countMessageTokens(continuation));
});
