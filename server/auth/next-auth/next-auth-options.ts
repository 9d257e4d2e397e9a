import type { NextAuthOptions } from "next-auth";
import type { JWT } from "next-auth/jwt";
import { isAppError } from "../../contract/errors.ts";
import { createId } from "../../contract/ids.ts";
import type { Auth } from "../create-auth.ts";
import { clientAddressHeader } from "../limits/client-address.ts";
import { isSecureUrl, toCookieName } from "../sessions/cookies.ts";
import { sessionMsMax } from "../sessions/sessions.ts";
import type { Viewer } from "../viewer.ts";
import { createOauthProviders, toProviderProfile } from "./oauth-providers.ts";

/** What came of a request beside next-auth's answer; the route adds it. */
export interface NextAuthOutcome {
	/** `Set-Cookie` line of a browser that has just signed in with a password. */
	deviceCookie?: string;
	/** Why a sign-out did not end the session on the server; next-auth swallows it. */
	signOutFailure?: unknown;
}

/**
 * next-auth's options, created for each request because `app/` reaches the server only then. They decide nothing: `auth` says
 * who may sign in. A refusal reaches the sign-in page as `?error=<code>`, `rate_limited:<milliseconds>` or one of
 * next-auth's own names.
 */
export function createNextAuthOptions(
	caller: { readonly auth: Auth },
	outcome: NextAuthOutcome = {},
): NextAuthOptions {
	const { auth } = caller;
	const { secret, publicUrl, oauth, log } = auth.nextAuth;
	return {
		secret,
		session: { strategy: "jwt", maxAge: sessionMsMax / 1_000 },
		useSecureCookies: isSecureUrl(publicUrl),
		cookies: toCookies(publicUrl),
		pages: { signIn: "/sign-in", error: "/sign-in", signOut: "/settings" },
		providers: [createCredentials(auth, outcome), ...createOauthProviders(oauth)],
		callbacks: createCallbacks(auth, publicUrl),
		events: {
			async signOut({ token }) {
				await auth.endSession(token).catch((error: unknown) => {
					outcome.signOutFailure = error;
				});
			},
		},
		logger: {
			// Only the code and the error itself: what comes with them may hold tokens and profiles.
			error: (code, metadata) =>
				log.warn({ event: "auth.next_auth_failed", code, err: toCause(metadata) }, "Sign-in failed."),
			warn: () => {},
			debug: () => {},
		},
	};
}

function createCredentials(auth: Auth, outcome: NextAuthOutcome): NextAuthOptions["providers"][number] {
	return {
		id: "credentials",
		name: "E-mail",
		type: "credentials",
		credentials: {},
		authorize: async (credentials: Record<string, unknown> | undefined, request) => {
			const { cookie, [clientAddressHeader]: address }: Record<string, unknown> = request.headers ?? {};
			const viewer = await inSignInWords(() =>
				auth.verifyCredentials({
					email: credentials?.email,
					password: credentials?.password,
					address: typeof address === "string" && address !== "" ? address : null,
					cookieHeader: typeof cookie === "string" ? cookie : undefined,
				}),
			);
			if (!viewer) return null;
			outcome.deviceCookie = auth.createDeviceCookie(viewer.email);
			return toSessionUser(viewer);
		},
	};
}

type SessionUser = { id: string; sessionEpoch: number };
const toSessionUser = (viewer: Viewer): SessionUser => ({
	id: viewer.userId,
	sessionEpoch: viewer.sessionEpoch,
});

function createCallbacks(auth: Auth, publicUrl: string): NextAuthOptions["callbacks"] {
	return {
		async signIn({ user, account }) {
			if (account?.type !== "oauth") return true;
			const profile = toProviderProfile(account.provider, user);
			const viewer = await inSignInWords(() => auth.signInWithProvider(profile));
			// next-auth hands this same object to `jwt`: the only way without an adapter to say whose session it is.
			Object.assign(user, toSessionUser(viewer));
			return true;
		},
		jwt({ token, user }) {
			const fresh = user as SessionUser | undefined;
			// next-auth renews a token whenever it is asked for the session; then the claims stay as they are.
			if (!fresh) return toRenewed(token);
			return {
				userId: fresh.id,
				sessionId: createId<string>(),
				sessionEpoch: fresh.sessionEpoch,
				signedInAtMs: auth.nextAuth.now(),
			};
		},
		async session({ session, token }) {
			const viewer = await auth.findViewer(token);
			// next-auth answers a failure here with an empty session and removes the cookie.
			if (!viewer) throw new Error("The session has ended.");
			const { userId, email, name, role } = viewer;
			return { expires: session.expires, user: { id: userId, email, name, role } };
		},
		redirect: ({ url }) => toOwnUrl(url, publicUrl),
	};
}

/** Tokens of before sessions had a beginning began, at the latest, when they were made. */
const toRenewed = (token: JWT): JWT => ({
	...token,
	signedInAtMs: token.signedInAtMs ?? Number(token.iat ?? 0) * 1_000,
});

/** A URL of this site, or its front page: a sign-in never redirects elsewhere (CWE-601). */
export function toOwnUrl(url: unknown, publicUrl: string): string {
	const own = new URL(publicUrl).origin;
	if (typeof url !== "string" || !URL.canParse(url, own)) return own;
	const target = new URL(url, own);
	return target.origin === own ? target.href : own;
}

/** Passes a refusal on in the only way that next-auth supports: the message of an error. */
async function inSignInWords<Result>(run: () => Promise<Result>): Promise<Result> {
	try {
		return await run();
	} catch (error) {
		throw new Error(toSignInCode(error), { cause: error });
	}
}

function toSignInCode(error: unknown): string {
	if (!isAppError(error)) return "internal";
	const { reason, retryAfterMs } = error.details;
	if (error.code === "rate_limited") return `rate_limited:${Number(retryAfterMs ?? 1_000)}`;
	return typeof reason === "string" ? reason : error.code;
}

function toCause(metadata: unknown): unknown {
	return metadata instanceof Error ? metadata : (metadata as { error?: unknown } | undefined)?.error;
}

function toCookies(publicUrl: string): NonNullable<NextAuthOptions["cookies"]> {
	const options = { httpOnly: true, sameSite: "lax", path: "/", secure: isSecureUrl(publicUrl) } as const;
	const toCookie = (name: string, maxAge?: number) => ({
		name: toCookieName(publicUrl, name),
		options: { ...options, ...(maxAge !== undefined && { maxAge }) },
	});
	const detourSeconds = 15 * 60;
	return {
		sessionToken: toCookie("session-token"),
		callbackUrl: toCookie("callback-url"),
		csrfToken: toCookie("csrf-token"),
		pkceCodeVerifier: toCookie("pkce.code_verifier", detourSeconds),
		state: toCookie("state", detourSeconds),
		nonce: toCookie("nonce", detourSeconds),
	};
}
