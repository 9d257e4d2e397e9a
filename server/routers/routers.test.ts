import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestParley } from "../testing/parley.ts";
import { appRouter } from "./app-router.ts";
import type { ProcedureMeta } from "./trpc.ts";

interface Procedure {
	_def: { type: "query" | "mutation" | "subscription"; meta?: ProcedureMeta; output?: unknown };
}
const procedures = Object.entries(appRouter._def.procedures as unknown as Record<string, Procedure>);

let parley: Awaited<ReturnType<typeof startTestParley>>;
beforeAll(async () => {
	parley = await startTestParley();
});
afterAll(() => parley?.close());

async function call(path: string, procedure: Procedure, cookie?: string) {
	const isMutation = procedure._def.type === "mutation";
	const headers = {
		origin: parley.url,
		"x-parley-client": "test/1",
		"content-type": "application/json",
		...(cookie && { cookie }),
	};
	const query = isMutation ? "" : "?input={}";
	return await fetch(`${parley.url}/api/trpc/${path}${query}`, {
		method: isMutation ? "POST" : "GET",
		body: isMutation ? "{}" : undefined,
		headers,
	});
}

describe("every procedure", () => {
	it.each(procedures)("%s declares who may call it, and what it returns", (_, { _def }) => {
		expect(["public", "viewer", "admin"]).toContain(_def.meta?.access);
		// tRPC keeps an output schema as a middleware at the procedure's end; the builder's own list shows it.
		if (_def.type !== "subscription") expect(_def.output ?? hasOutputSchema(_def)).toBeTruthy();
	});

	it.each(procedures.filter(([, { _def }]) => _def.meta?.access !== "public"))(
		"%s refuses a caller without a session",
		async (path, procedure) => {
			const answer = await call(path, procedure);
			const text = await answer.text();
			expect(text).toContain('"code":"unauthorized"');
		},
	);

	it.each(procedures.filter(([, { _def }]) => _def.meta?.access === "admin"))(
		"%s refuses a person who is no administrator",
		async (path, procedure) => {
			const { cookie } = await parley.signIn();
			const text = await (await call(path, procedure, cookie)).text();
			expect(text).toContain('"code":"forbidden"');
		},
	);
});

function hasOutputSchema(definition: object): boolean {
	const { middlewares } = definition as { middlewares?: { _type?: string }[] };
	return middlewares?.some(({ _type }) => _type === "output") ?? false;
}
