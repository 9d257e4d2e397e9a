import { createSign, generateKeyPairSync } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestAuth, password } from "../../testing/auth.ts";
import { type NextAuthServer, startNextAuth } from "../../testing/next-auth.ts";
import type { Auth } from "../create-auth.ts";

/** What the provider says about the person, in the id token and at its userinfo endpoint. */
let claimed: { idToken: Record<string, unknown>; userinfo: Record<string, unknown> };
const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

let world: Awaited<ReturnType<typeof createTestAuth>>;
let auth: Auth;
let server: NextAuthServer;
let provider: Server;
let issuer = "";
beforeAll(async () => {
	world = await createTestAuth();
	provider = createServer((request, response) => {
		void answerAsProvider(request).then((body) => {
			response.setHeader("content-type", "application/json").end(JSON.stringify(body));
		});
	});
	await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
	issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
	server = await startNextAuth(() => auth);
	process.env.NEXTAUTH_URL = server.origin;
});
beforeEach(async () => {
	await world.db.sql`truncate users cascade`;
	const oidc = { issuer, clientId: "parley", clientSecret: "hush", name: "Example" };
	auth = world.open({ signUp: "on", publicUrl: server.origin, oauth: { github: null, google: null, oidc } });
});
afterAll(async () => {
	delete process.env.NEXTAUTH_URL;
	provider.close();
	await server.close();
	await world.db.drop();
});

/** A small OpenID Connect provider (Core 1.0): discovery, keys, tokens, userinfo. */
async function answerAsProvider(request: IncomingMessage): Promise<object> {
	const parts: Buffer[] = [];
	for await (const part of request) parts.push(part);
	const form = new URLSearchParams(Buffer.concat(parts).toString());
	switch (request.url) {
		case "/.well-known/openid-configuration":
			return {
				issuer,
				authorization_endpoint: `${issuer}/authorize`,
				token_endpoint: `${issuer}/token`,
				userinfo_endpoint: `${issuer}/userinfo`,
				jwks_uri: `${issuer}/keys`,
				response_types_supported: ["code"],
				id_token_signing_alg_values_supported: ["RS256"],
			};
		case "/keys":
			return { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "1", use: "sig", alg: "RS256" }] };
		case "/token":
			// The code is the nonce, so that the provider need not remember anything.
			return { access_token: "opaque", token_type: "Bearer", id_token: sign(form.get("code") ?? "") };
		default:
			return claimed.userinfo;
	}
}

function sign(nonce: string): string {
	const nowSeconds = Math.floor(Date.now() / 1000);
	const claims = {
		iss: issuer,
		aud: "parley",
		iat: nowSeconds,
		exp: nowSeconds + 60,
		nonce,
		...claimed.idToken,
	};
	const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
	const input = `${encode({ alg: "RS256", kid: "1" })}.${encode(claims)}`;
	return `${input}.${createSign("RSA-SHA256").update(input).sign(privateKey, "base64url")}`;
}

/** Goes to the provider and comes back; what the sign-in says, and who is signed in then. */
async function signIn() {
	const browser = server.createBrowser();
	const { csrfToken } = await (await browser.fetch("/api/auth/csrf")).json();
	const left = await browser.fetch("/api/auth/signin/oidc", {
		method: "POST",
		body: new URLSearchParams({ csrfToken, json: "true", callbackUrl: "/settings" }),
	});
	const asked = new URL((await left.json()).url);
	expect(asked.searchParams.get("code_challenge_method")).toBe("S256");
	const answer = new URLSearchParams({
		code: asked.searchParams.get("nonce") ?? "",
		state: asked.searchParams.get("state") ?? "",
	});
	const back = await browser.fetch(`/api/auth/callback/oidc?${answer}`);
	const target = new URL(back.headers.get("location") ?? "", server.origin);
	return {
		path: target.pathname,
		error: target.searchParams.get("error"),
		viewer: await auth.authenticate(browser.cookie()),
	};
}

const ada = { sub: "ada", email: "Ada@example.org", email_verified: true, name: "Ada" };

describe("signing in at an OpenID Connect provider", () => {
	it("opens a session for a new account and comes back to where it began", async () => {
		claimed = { idToken: ada, userinfo: {} };
		const first = await signIn();
		expect(first).toMatchObject({ path: "/settings", error: null, viewer: { name: "Ada", role: "user" } });
		expect((await signIn()).viewer).toEqual({ ...first.viewer, sessionId: expect.any(String) });
	});

	it("asks the userinfo endpoint for an e-mail that the id token lacks", async () => {
		claimed = { idToken: { sub: "ada" }, userinfo: ada };
		const { viewer } = await signIn();
		expect(viewer).toMatchObject({ email: "ada@example.org" });
	});

	it("does not believe a userinfo endpoint that speaks of another person", async () => {
		claimed = { idToken: { sub: "mallory" }, userinfo: ada };
		expect(await signIn()).toMatchObject({ error: "OAuthCallback", viewer: null });
	});

	it.each([
		["false", false],
		["missing", undefined],
		["a word that is not true", "no"],
	])("does not enter an existing account by an e-mail whose proof is %s", async (_, email_verified) => {
		await auth.signUp({ email: "ada@example.org", password });
		await world.db.sql`update users set email_verified_at = now()`;
		claimed = { idToken: { ...ada, email_verified }, userinfo: {} };
		expect(await signIn()).toMatchObject({ error: "account_exists", viewer: null });
		claimed = { idToken: ada, userinfo: {} };
		expect((await signIn()).viewer).toMatchObject({ email: "ada@example.org" });
	});

	it("says so when the provider tells no e-mail", async () => {
		claimed = { idToken: { sub: "ada" }, userinfo: { sub: "ada" } };
		expect(await signIn()).toMatchObject({ error: "email_missing", viewer: null });
	});

	it("refuses an id token that is not signed by the provider's key", async () => {
		claimed = { idToken: { ...ada, iss: "https://evil.example" }, userinfo: {} };
		expect(await signIn()).toMatchObject({ error: "OAuthCallback", viewer: null });
	});
});
