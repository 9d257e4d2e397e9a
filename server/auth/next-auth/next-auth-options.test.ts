import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestAuth, password, publicUrl } from "../../testing/auth.ts";
import { type NextAuthServer, startNextAuth } from "../../testing/next-auth.ts";
import type { Auth } from "../create-auth.ts";
import { createNextAuthOptions, type NextAuthOutcome, toOwnUrl } from "./next-auth-options.ts";

let world: Awaited<ReturnType<typeof createTestAuth>>;
let auth: Auth;
let server: NextAuthServer;
beforeAll(async () => {
	world = await createTestAuth();
	auth = world.open();
	server = await startNextAuth(() => auth);
});
afterAll(async () => {
	await server.close();
	await world.db.drop();
});

describe("next-auth's stock credentials flow", () => {
	it.each([false, true])(
		"signs a script in (as JSON: %s) with a cookie that authenticate reads",
		async (isJson) => {
			const person = await world.createPerson(auth);
			const browser = server.createBrowser();
			const response = await browser.signIn({ email: person.email, password }, isJson);
			expect(response.status).toBe(200);
			const viewer = { ...person, sessionId: expect.any(String), signedInAtMs: expect.any(Number) };
			expect(await auth.authenticate(browser.cookie())).toMatchObject(viewer);
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
		await auth.changeAccountStatus({ userId: paused.userId, isSuspended: true, by: null });
		const cases = [
			[{ email: person.email, password: "wrong horse" }, "CredentialsSignin"],
			[{ email: "nobody@example.org", password }, "CredentialsSignin"],
			[{ email: paused.email, password }, "suspended"],
		] as const;
		for (const [credentials, code] of cases) {
			const browser = server.createBrowser();
			const response = await browser.signIn(credentials);
			expect(new URL((await response.json()).url).searchParams.get("error")).toBe(code);
			expect(await auth.authenticate(browser.cookie())).toBeNull();
		}
	});

	it("says how long to wait after too many wrong passwords", async () => {
		const { email } = await world.createPerson(auth);
		const guess = () => server.createBrowser().signIn({ email, password: "wrong horse" });
		const answers = await Promise.all(
			Array.from({ length: 12 }, async () => (await (await guess()).json()).url),
		);
		const codes = answers.map((url) => new URL(url).searchParams.get("error"));
		expect(codes.filter((code) => code === "rate_limited:20000")).toHaveLength(1);
	});

	it("refuses a sign-in without the token against forged requests", async () => {
		const person = await world.createPerson(auth);
		const browser = server.createBrowser();
		await browser.fetch("/api/auth/callback/credentials", {
			method: "POST",
			body: new URLSearchParams({ email: person.email, password, json: "true" }),
		});
		expect(await auth.authenticate(browser.cookie())).toBeNull();
	});

	it("ends the session on the server when its person signs out, and renewals keep its beginning", async () => {
		const person = await world.createPerson(auth);
		const browser = server.createBrowser();
		await browser.signIn({ email: person.email, password });
		const copied = browser.cookie();
		const before = await auth.authenticate(copied);
		await browser.fetch("/api/auth/session");
		const renewed = browser.cookie();
		expect(renewed).not.toBe(copied);
		expect(await auth.authenticate(renewed)).toMatchObject({
			sessionId: before?.sessionId,
			signedInAtMs: before?.signedInAtMs,
			expiresAtMs: before?.expiresAtMs,
		});
		const { csrfToken } = await (await browser.fetch("/api/auth/csrf")).json();
		await browser.fetch("/api/auth/signout", {
			method: "POST",
			body: new URLSearchParams({ csrfToken, json: "true" }),
		});
		expect(await auth.authenticate(copied)).toBeNull();
		expect(await auth.authenticate(renewed)).toBeNull();
	});

	it("reports a sign-out that could not end the session", async () => {
		const outcome: NextAuthOutcome = {};
		const away = { ...auth, endSession: async () => Promise.reject(new Error("storage is away")) };
		const { events } = createNextAuthOptions({ auth: away }, outcome);
		await events?.signOut?.({ token: {}, session: {} as never });
		expect(outcome.signOutFailure).toMatchObject({ message: "storage is away" });
	});

	it("gives a browser that signed in with its password a cookie that names the device", async () => {
		const person = await world.createPerson(auth);
		const outcome: NextAuthOutcome = {};
		const { providers } = createNextAuthOptions({ auth }, outcome);
		const [credentials] = providers as unknown as { authorize: (...input: unknown[]) => Promise<unknown> }[];
		await credentials?.authorize({ email: person.email, password: "wrong horse" }, { headers: {} });
		expect(outcome.deviceCookie).toBeUndefined();
		await credentials?.authorize({ email: person.email, password }, { headers: {} });
		expect(outcome.deviceCookie).toMatch(
			/^next-auth-3000\.known-device=[\w-]{22}\.[\w-]{43}; Path=\/; Max-Age=31536000; HttpOnly; SameSite=Lax$/,
		);
	});

	it("removes the cookie of an ended session", async () => {
		const person = await world.createPerson(auth);
		const browser = server.createBrowser();
		await browser.signIn({ email: person.email, password });
		await auth.signOutEverywhere(person);
		expect(await (await browser.fetch("/api/auth/session")).json()).toEqual({});
		expect(browser.jar.has("next-auth-3000.session-token")).toBe(false);
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
