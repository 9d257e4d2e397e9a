import { expect, it } from "vitest";
import { findAffectedTests } from "./affected-tests.ts";

const sources = [
	{ file: "server/chat/chat.ts", imports: [] },
	{ file: "server/chat/chat.test.ts", imports: ["server/chat/chat.ts"] },
	{ file: "server/http/http.test.ts", imports: ["server/chat/chat.ts", "server/testing/parley.ts"] },
	{ file: "server/quota/quota.test.ts", imports: ["server/quota/quota.ts"] },
	{ file: "e2e/chat.spec.ts", imports: ["server/chat/chat.ts"] },
];

it.each([
	[
		"a file: the tests beside it and those that import it",
		["server/chat/chat.ts"],
		["chat/chat", "http/http"],
	],
	["a file that is gone or new beside others", ["server/quota/gone.ts"], ["quota/quota"]],
	["a test: itself", ["server/http/http.test.ts"], ["http/http"]],
	["a document, or nothing: none", ["server/chat/README.md"], []],
])("finds after a change of %s", (_, changed, expected) => {
	expect(findAffectedTests(changed, sources)).toEqual(expected.map((name) => `server/${name}.test.ts`));
});
