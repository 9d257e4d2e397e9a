import { afterAll, describe, expect, it } from "vitest";
import { chat, readAnswer, started, startStubProvider } from "../../testing/servers/stub-provider.ts";

const stub = await startStubProvider();
afterAll(stub.close);

describe("the start of an answer", () => {
	it.each(["openai-compatible", "openai"])("of %s holds what the provider says of its limits", async (id) => {
		const rateHeaders = { "x-ratelimit-remaining-requests": "0", "retry-after-ms": "250" };
		stub.answer = (response) =>
			started(response, { ...rateHeaders, "set-cookie": "secret" }).end(chat.delta("x") + chat.finish());
		const [start] = (await readAnswer(stub.open({ id }))).seen;
		expect(start).toEqual({ type: "response-start", providerRequestId: null, rateHeaders });
	});
});
