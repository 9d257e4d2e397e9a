import { encode } from "next-auth/jwt";
import { type Auth, createAuth } from "../auth/create-auth.ts";
import type { Email } from "../auth/email.ts";
import type { AuthSettings } from "../auth/needs.ts";
import { sessionCookieName } from "../auth/sessions/cookies.ts";
import type { Viewer } from "../auth/viewer.ts";
import { createTestDatabase } from "./database.ts";

export const secret = "a secret of more than thirty-two characters";
export const publicUrl = "http://localhost:3000";
export const password = "correct horse battery";

/** For tests: a database of their own, a clock that only the test moves, and a mail server that keeps every email. */
export async function createTestAuth() {
	const db = await createTestDatabase({ poolMax: 10 });
	const time = { nowMs: Date.now() };
	const emails: Email[] = [];
	const endedTurnsOf: string[] = [];
	const clock = { now: () => time.nowMs, elapsed: () => time.nowMs };
	const open = (settings: Partial<AuthSettings> & { hasMail?: boolean } = {}): Auth =>
		createAuth({
			db,
			settings: {
				publicUrl,
				signUp: "invite",
				oauth: { github: null, google: null, oidc: null },
				...settings,
			},
			secret,
			clock,
			endTurns: async (userId) => void endedTurnsOf.push(userId),
			mail: settings.hasMail ? { send: async (email) => void emails.push(email) } : null,
		});
	let count = 0;
	return {
		db,
		/** What was sent, oldest first. */
		emails,
		/** Whose running answers were asked to stop. */
		endedTurnsOf,
		/** A server on the same database; each has caches and limits of its own. */
		open,
		pass(ms: number) {
			time.nowMs += ms;
		},
		/** A fresh person with the password above, as seen right after signing in. */
		async createPerson(auth: Auth, role: "admin" | "user" = "user"): Promise<Viewer> {
			count += 1;
			const email = `person${count}@example.org`;
			await auth.createUser({ email, password, role });
			const viewer = await auth.verifyCredentials({ email, password });
			if (!viewer) throw new Error("A person could not sign in with the right password.");
			return viewer;
		},
	};
}

/** The Cookie header of a new session, as next-auth makes it. */
export async function toCookie(viewer: Viewer, claims: SessionTimes = {}): Promise<string> {
	const { maxAgeSeconds: maxAge = 3_600, signedInAtMs = Date.now() } = claims;
	const { userId, sessionEpoch } = viewer;
	const token = { userId, sessionEpoch, sessionId: crypto.randomUUID(), signedInAtMs };
	return `${sessionCookieName(publicUrl)}=${await encode({ token, secret, maxAge })}`;
}

interface SessionTimes {
	readonly maxAgeSeconds?: number;
	readonly signedInAtMs?: number;
}

export const toToken = (url: string): string => new URL(url).searchParams.get("token") ?? "";

/** The code, and the reason if there is one, with which a promise fails. */
export async function failure(promise: Promise<unknown>): Promise<string> {
	try {
		await promise;
		return "no failure";
	} catch (error) {
		const { code, details } = error as { code?: string; details?: { reason?: string } };
		return [code ?? String(error), details?.reason].filter(Boolean).join(" ");
	}
}
