import type { NextAuthOptions } from "next-auth";
import { isAppError } from "../../contract/errors.ts";
import type { Auth } from "../create-auth.ts";
import { clientAddressHeader } from "../limits/client-address.ts";
import { cookiePrefix } from "../sessions/cookies.ts";
import type { Viewer } from "../viewer.ts";
import { createOauthProviders, toProviderProfile } from "./oauth-providers.ts";

/** 30 days. Only next-auth's `/api/auth/session` starts them anew, which our own pages never call. */
const sessionSeconds = 30 * 24 * 60 * 60;

/**
 * next-auth's options, made for each request because `app/` reaches the server only then. They hold no rule: who may
 * enter is `auth`'s answer. A refusal reaches the sign-in page as `?error=<code>`, `rate_limited:<milliseconds>` or one
 * of next-auth's own names.
 */
export function createNextAuthOptions(caller: { readonly auth: Auth }): NextAuthOptions {
	const { auth } = caller;
	const { secret, publicUrl, oauth, log } = auth.nextAuth;
	return {
		secret,
		session: { strategy: "jwt", maxAge: sessionSeconds },
		useSecureCookies: publicUrl.startsWith("https://"),
		cookies: toCookies(publicUrl),
		pages: { signIn: "/sign-in", error: "/sign-in", signOut: "/settings" },
		providers: [createCredentials(auth), ...createOauthProviders(oauth)],
		callbacks: createCallbacks(auth, publicUrl),
		logger: {
			// Only the code and the message: what comes with them may hold tokens and profiles.
			error: (code, metadata) => log.warn({ code, reason: toReason(metadata) }, "Sign-in failed."),
			warn: () => {},
			debug: () => {},
		},
	};
}

function createCredentials(auth: Auth): NextAuthOptions["providers"][number] {
	return {
		id: "credentials",
		name: "E-mail",
		type: "credentials",
		credentials: {},
		authorize: async (credentials: Record<string, unknown> | undefined, request) => {
			const address: unknown = request.headers?.[clientAddressHeader];
			const viewer = await inSignInWords(() =>
				auth.verifyCredentials({
					email: credentials?.email,
					password: credentials?.password,
					address: typeof address === "string" && address !== "" ? address : null,
				}),
			);
			return viewer && toSessionUser(viewer);
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
			if (!fresh) return token;
			// next-auth makes tokens anew whenever it is asked for the session: this says when it really began.
			return { userId: fresh.id, sessionEpoch: fresh.sessionEpoch, signedInAtMs: auth.nextAuth.now() };
		},
		async session({ session, token }) {
			const viewer = await auth.findViewer(token);
			// next-auth answers a failure here with an empty session and removes the cookie.
			if (!viewer) throw new Error("The session is over.");
			const { userId, email, name, role } = viewer;
			return { expires: session.expires, user: { id: userId, email, name, role } };
		},
		redirect: ({ url }) => toOwnUrl(url, publicUrl),
	};
}

/** A URL of this site, or its front page: nobody is sent elsewhere after signing in (CWE-601). */
export function toOwnUrl(url: unknown, publicUrl: string): string {
	const own = new URL(publicUrl).origin;
	if (typeof url !== "string" || !URL.canParse(url, own)) return own;
	const target = new URL(url, own);
	return target.origin === own ? target.href : own;
}

/** Says a refusal in the only way that next-auth passes on: the message of an error. */
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

function toReason(metadata: unknown): string {
	const cause = metadata instanceof Error ? metadata : (metadata as { error?: unknown } | undefined)?.error;
	return cause instanceof Error ? cause.message.slice(0, 200) : "unknown";
}

function toCookies(publicUrl: string): NonNullable<NextAuthOptions["cookies"]> {
	const prefix = cookiePrefix(publicUrl);
	const options = { httpOnly: true, sameSite: "lax", path: "/", secure: prefix !== "" } as const;
	const toCookie = (name: string, maxAge?: number) => ({
		name: `${prefix}next-auth.${name}`,
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
