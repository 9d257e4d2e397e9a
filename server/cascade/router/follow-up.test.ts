import { expect, it } from "vitest";
import { ownWeight } from "./cases/conversation.ts";
import { easyConversations } from "./cases/easy-conversations.ts";
import { hardConversations } from "./cases/hard-conversations.ts";
import { createRouter } from "./router.ts";
import weights from "./weights.json" with { type: "json" };

const router = createRouter(weights);
const threshold = router.toThreshold(0.5);
const isStrong = (prompt: string, earlier: readonly string[] = []) =>
	router.assess(prompt, earlier).score >= threshold;

const conversations = [...hardConversations, ...easyConversations];
const cases = conversations.flatMap(({ said, isHard, goesOn }, at) => [
	...goesOn.map((text) => ({ said, text, isHard })),
	...Array.from({ length: 4 }, (_, turn) => ownWeight[(4 * at + turn) % ownWeight.length]).flatMap((own) =>
		own ? [{ said, ...own }] : [],
	),
]);
const agreement = (messages: number) =>
	cases.filter(({ said, text, isHard }) => isStrong(text, said.slice(said.length - messages)) === isHard)
		.length / cases.length;

it("follow-ups are as hard as what they follow: at least 78 % of 320 cases with two earlier messages", () => {
	expect(cases.length).toBeGreaterThanOrEqual(300);
	expect(agreement(2)).toBeGreaterThanOrEqual(0.78);
	expect(agreement(2)).toBeGreaterThan(agreement(0));
});
