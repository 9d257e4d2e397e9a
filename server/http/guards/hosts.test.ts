import { request as httpRequest } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestParley } from "../../testing/parley.ts";
import { isAllowedHost } from "./hosts.ts";

const address = {
	publicUrl: "https://chat.example.com",
	allowedHosts: ["chat.intra.example.org"],
	port: 3000,
};

describe("isAllowedHost", () => {
	it.each([
		["chat.example.com", true],
		["CHAT.example.com:8443", true],
		["chat.example.com.", true],
		["chat.intra.example.org:3000", true],
		["localhost:3000", true],
		["parley.localhost", true],
		["127.0.0.1:3000", true],
		["192.168.1.5", true],
		["[::1]:3000", true],
		["[fe80::1]", true],
		["parley:3000", true],
		["nas.local", true],
		["evil.example", false],
		["chat.example.com.evil.example", false],
		["evilchat.example.com", false],
		["example.com", false],
		["192.168.1.5.nip.io", false],
		["localhost.evil.example", false],
		["evil.example#chat.example.com", false],
		["chat.example.com/../evil.example", false],
		["", false],
		[undefined, false],
	])("%s: %s", (host, isAllowed) => {
		expect(isAllowedHost(host, address)).toBe(isAllowed);
	});
});

describe("a server on its default address", () => {
	let parley: Awaited<ReturnType<typeof startTestParley>>;
	beforeAll(async () => {
		parley = await startTestParley();
	});
	afterAll(() => parley?.close());

	async function get(path: string, headers: Record<string, string>) {
		const { promise, resolve, reject } = Promise.withResolvers<import("node:http").IncomingMessage>();
		httpRequest(`${parley.url}${path}`, { headers }, resolve).on("error", reject).end();
		const response = await promise;
		return { status: response.statusCode, body: await text(response) };
	}

	it("refuses pages and calls under a foreign name, as after DNS rebinding", async () => {
		const host = "rebound.evil.example:3000";
		const page = await get("/", { host });
		expect(page.status).toBe(421);
		expect(page.body).toContain("PARLEY_PUBLIC_URL=https://rebound.evil.example:3000");
		const call = await get("/api/trpc/models.list?input={}", { host });
		expect([call.status, JSON.parse(call.body).error.code]).toEqual([421, "forbidden"]);
		expect((await get("/api/auth/csrf", { host })).status).toBe(421);
	});

	it("tells the operator behind a proxy that replaces the Host header", async () => {
		const page = await get("/sign-in", { host: "127.0.0.1:3000", "x-forwarded-host": "chat.example.com" });
		expect(page.status).toBe(421);
		expect(page.body).toContain("PARLEY_PUBLIC_URL=https://chat.example.com");
		const health = await get("/api/health/ready", {});
		expect(JSON.parse(health.body)).toMatchObject({ status: "ready", unknownHost: "chat.example.com" });
	});

	it("tells the sender of a call which setting is missing, when only the Origin shows it", async () => {
		const { cookie } = await parley.signIn();
		const answer = await fetch(`${parley.url}/api/trpc/account.signOutEverywhere`, {
			method: "POST",
			headers: { cookie, origin: "https://chat.example.com", "x-parley-client": "test/1" },
		});
		expect(answer.status).toBe(403);
		expect((await answer.json()).error).toMatchObject({
			message: expect.stringContaining("PARLEY_PUBLIC_URL=https://chat.example.com"),
			data: { parley: { code: "forbidden", details: { reason: "public_url" } } },
		});
	});

	it("tells the same to who signs in, and keeps the host for the operator's check", async () => {
		const answer = await fetch(`${parley.url}/api/auth/callback/credentials`, {
			method: "POST",
			headers: { origin: "https://talk.example.com" },
			body: new URLSearchParams({ email: "a@example.com", password: "x" }),
		});
		expect([answer.status, (await answer.json()).error]).toEqual([
			403,
			expect.objectContaining({
				message: expect.stringContaining("PARLEY_PUBLIC_URL=https://talk.example.com"),
				details: { reason: "public_url", host: "talk.example.com" },
			}),
		]);
		const health = await get("/api/health/ready", {});
		expect(JSON.parse(health.body)).toMatchObject({ unknownHost: "talk.example.com" });
	});

	it("does not write a foreign host into its page as markup", async () => {
		const page = await get("/", {
			host: "127.0.0.1",
			"x-forwarded-host": "<script>alert(1)</script>.example",
		});
		expect(page.status).toBe(421);
		expect(page.body).not.toContain("<script>");
	});

	it("refuses a sign-in form that another site sends", async () => {
		const answer = await fetch(`${parley.url}/api/auth/callback/credentials`, {
			method: "POST",
			headers: { origin: "https://evil.example" },
			body: new URLSearchParams({ email: "a@example.com", password: "x" }),
		});
		expect(answer.status).toBe(403);
	});

	it("serves health checks under any name, and Next's image converter under none", async () => {
		expect((await get("/api/health/live", { host: "10.0.0.1.probe.example" })).status).toBe(200);
		expect((await get("/_next/image?url=%2Ficon.png&w=3840&q=75", {})).status).toBe(404);
	});
});

describe("a server with a public address", () => {
	let parley: Awaited<ReturnType<typeof startTestParley>>;
	beforeAll(async () => {
		parley = await startTestParley({
			env: {
				PARLEY_PUBLIC_URL: "https://chat.example.com",
				PARLEY_ALLOWED_HOSTS: "chat.intra.example.org, bücher.example",
				PARLEY_IMAGE_HOSTS: "images.example.com, cdn.example.com:8443",
			},
		});
	});
	afterAll(() => parley?.close());

	it("asks browsers for HTTPS alone, and lets in images of the named hosts with their ports", async () => {
		const { headers } = await fetch(`${parley.url}/`);
		expect(headers.get("strict-transport-security")).toBe("max-age=31536000");
		expect(headers.get("content-security-policy")).toContain(
			"img-src 'self' blob: data: images.example.com cdn.example.com:8443;",
		);
	});

	it.each([
		["https://chat.example.com", 200],
		["https://chat.intra.example.org:8443", 200],
		["https://xn--bcher-kva.example", 200],
		["https://evil.example", 403],
		["https://chat.intra.example.org.evil.example", 403],
		["http://nas.local", 403],
		["http://10.0.0.1", 403],
		["null", 403],
	])(
		"takes forms of its own pages alone, also behind a proxy that replaces the Host header: %s",
		async (origin, status) => {
			const answer = await fetch(`${parley.url}/api/auth/callback/credentials`, {
				method: "POST",
				headers: { origin },
			});
			expect(answer.status).toBe(status);
		},
	);

	it("does not tell a stranger its address", async () => {
		const { promise, resolve } = Promise.withResolvers<import("node:http").IncomingMessage>();
		httpRequest(parley.url, { headers: { host: "evil.example" } }, resolve).end();
		const response = await promise;
		expect(response.statusCode).toBe(421);
		expect(await text(response)).not.toContain("chat.example.com");
	});
});
