import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { NextApiRequest, NextApiResponse } from "next";
import NextAuth from "next-auth";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Auth } from "./create-auth.ts";
import { createNextAuthOptions, toOwnUrl } from "./next-auth-options.ts";
import { createTestAuth, password, publicUrl } from "./test-auth.ts";

let world: Awaited<ReturnType<typeof createTestAuth>>;
let auth: Auth;
let server: Server;
let origin = "";
beforeAll(async () => {
	world = await createTestAuth();
	auth = world.open();
	server = createServer((request, response) => void answer(request, Object.assign(response, { json: null })));
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
	server.close();
	await world.db.drop();
});

/** next-auth's own handler for plain Node requests, over the options under test. */
async function answer(request: IncomingMessage, response: object) {
	const parts: Buffer[] = [];
	for await (const part of request) parts.push(part);
	const text = Buffer.concat(parts).toString();
	const isJson = request.headers["content-type"] === "application/json";
	const url = new URL(request.url ?? "/", origin);
	const cookies = Object.fromEntries(
		(request.headers.cookie ?? "").split("; ").map((pair) => pair.split(/=(.*)/s).map(decodeURIComponent)),
	);
	const raw = response as import("node:http").ServerResponse;
	const shaped = Object.assign(raw, {
		status: (status: number) => Object.assign(raw, { statusCode: status }),
		json: (body: unknown) => raw.end(JSON.stringify(body)),
		send: (body: unknown) => raw.end(typeof body === "string" ? body : JSON.stringify(body)),
	});
	await NextAuth(
		{
			method: request.method,
			headers: request.headers,
			cookies,
			query: { ...Object.fromEntries(url.searchParams), nextauth: url.pathname.split("/").slice(3) },
			body: isJson ? JSON.parse(text) : Object.fromEntries(new URLSearchParams(text)),
		} as unknown as NextApiRequest,
		shaped as unknown as NextApiResponse,
		createNextAuthOptions({ auth }),
	);
}

/** What a script does: a fetch with a cookie jar. */
function createBrowser() {
	const jar = new Map<string, string>();
	return {
		jar,
		async fetch(path: string, init: RequestInit = {}) {
			const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
			const response = await fetch(origin + path, {
				...init,
				headers: { ...init.headers, cookie },
				redirect: "manual",
			});
			for (const line of response.headers.getSetCookie()) {
				const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
				if (value === "") jar.delete(name);
				else jar.set(name, value);
			}
			return response;
		},
		async signIn(credentials: Record<string, unknown>, isJson = false) {
			const { csrfToken } = await (await this.fetch("/api/auth/csrf")).json();
			const fields = { ...credentials, csrfToken, json: "true" };
			return this.fetch("/api/auth/callback/credentials", {
				method: "POST",
				headers: { "content-type": isJson ? "application/json" : "application/x-www-form-urlencoded" },
				body: isJson ? JSON.stringify(fields) : new URLSearchParams(fields as Record<string, string>),
			});
		},
		cookie: () => [...jar].map(([name, value]) => `${name}=${value}`).join("; "),
	};
}

describe("next-auth's stock credentials flow", () => {
	it.each([false, true])(
		"signs a script in (as JSON: %s) with a cookie that authenticate reads",
		async (isJson) => {
			const person = await world.createPerson(auth);
			const browser = createBrowser();
			const response = await browser.signIn({ email: person.email, password }, isJson);
			expect(response.status).toBe(200);
			expect(await auth.authenticate(browser.cookie())).toEqual(person);
			const session = await (await browser.fetch("/api/auth/session")).json();
			expect(session.user).toEqual({
				id: person.userId,
				email: person.email,
				name: person.name,
				role: "user",
			});
		},
	);

	it("says in the address what was wrong, and opens no session", async () => {
		const person = await world.createPerson(auth);
		const paused = await world.createPerson(auth);
		await auth.suspend(paused.userId);
		const cases = [
			[{ email: person.email, password: "wrong horse" }, "CredentialsSignin"],
			[{ email: "nobody@example.org", password }, "CredentialsSignin"],
			[{ email: paused.email, password }, "suspended"],
		] as const;
		for (const [credentials, code] of cases) {
			const browser = createBrowser();
			const response = await browser.signIn(credentials);
			expect(new URL((await response.json()).url).searchParams.get("error")).toBe(code);
			expect(await auth.authenticate(browser.cookie())).toBeNull();
		}
	});

	it("says how long to wait after too many wrong passwords", async () => {
		const { email } = await world.createPerson(auth);
		const guess = () => createBrowser().signIn({ email, password: "wrong horse" });
		const answers = await Promise.all(
			Array.from({ length: 11 }, async () => (await (await guess()).json()).url),
		);
		const codes = answers.map((url) => new URL(url).searchParams.get("error"));
		expect(codes.filter((code) => code === "rate_limited:900000")).toHaveLength(1);
	});

	it("refuses a sign-in without the token against forged requests", async () => {
		const person = await world.createPerson(auth);
		const browser = createBrowser();
		await browser.fetch("/api/auth/callback/credentials", {
			method: "POST",
			body: new URLSearchParams({ email: person.email, password, json: "true" }),
		});
		expect(await auth.authenticate(browser.cookie())).toBeNull();
	});

	it("removes the cookie of an ended session", async () => {
		const person = await world.createPerson(auth);
		const browser = createBrowser();
		await browser.signIn({ email: person.email, password });
		await auth.signOutEverywhere(person);
		expect(await (await browser.fetch("/api/auth/session")).json()).toEqual({});
		expect(browser.jar.has("next-auth.session-token")).toBe(false);
	});

	it("keeps every cookie to this host, to https and out of scripts when the public address is https", () => {
		const { cookies } = createNextAuthOptions({
			auth: world.open({ publicUrl: "https://chat.example.org" }),
		});
		for (const cookie of Object.values(cookies ?? {})) {
			expect(cookie.name).toMatch(/^__Host-/);
			expect(cookie.options).toMatchObject({ httpOnly: true, secure: true, sameSite: "lax", path: "/" });
			expect(cookie.options.domain).toBeUndefined();
		}
	});
});

describe("toOwnUrl", () => {
	it.each([
		["/threads/1?x=1#end", `${publicUrl}/threads/1?x=1#end`],
		[`${publicUrl}/threads/1`, `${publicUrl}/threads/1`],
		["https://evil.example/", publicUrl],
		["//evil.example/", publicUrl],
		["/\\evil.example/", publicUrl],
		["/\t/evil.example/", publicUrl],
		["javascript:alert(1)", publicUrl],
		["http://localhost:3000@evil.example/", publicUrl],
		["http://localhost:3001/", publicUrl],
		["", `${publicUrl}/`],
		[["/a"], publicUrl],
		[undefined, publicUrl],
	])("%j leads to %s", (url, target) => {
		expect(toOwnUrl(url, publicUrl)).toBe(target);
	});
});
