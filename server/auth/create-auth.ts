import { toStorageError } from "../db/index.ts";
import {
	type AccountStatusChange,
	changeAccountStatus,
	createInvite,
	createResetLink,
} from "./accounts/change-status.ts";
import { type Deletion, deleteAccount, deleteOwnAccount } from "./accounts/delete-account.ts";
import { acceptInvite, acceptSetup, createUser, signUp } from "./accounts/register.ts";
import { getUser, hasAdministrator, listUsers, toUserAccount, updateUser } from "./accounts/users.ts";
import { createOneTimeLink, findLink, type LinkPurpose } from "./links/one-time-links.ts";
import { type AuthInput, type AuthNeeds, createNeeds } from "./needs.ts";
import { signInWithProvider } from "./next-auth/provider-sign-in.ts";
import {
	changePassword,
	requestPasswordReset,
	resetPassword,
	signOutEverywhere,
} from "./passwords/change-password.ts";
import { verifyCredentials } from "./sessions/sign-in.ts";
import type { Viewer } from "./viewer.ts";

export type Auth = ReturnType<typeof createAuth>;

/**
 * The room with everything it needs bound. Every method rejects with an `AppError`, `storage_unavailable` when the
 * database does not answer; the flows' own files say which else.
 */
export function createAuth(input: AuthInput) {
	const needs = createNeeds(input);
	const letters = createKeeper();
	const withNeeds = bindTo(needs);
	return {
		...bindSessions(needs),
		...bindAdministration(needs, letters.keep),
		verifyCredentials: withNeeds(verifyCredentials),
		signInWithProvider: withNeeds(signInWithProvider),
		signUp: withNeeds(signUp),
		acceptSetup: withNeeds(acceptSetup),
		acceptInvite: withNeeds(acceptInvite),
		changePassword: withNeeds(changePassword),
		resetPassword: withNeeds(resetPassword),
		requestPasswordReset: withNeeds(async (bound, request: { email: string; address?: string | null }) =>
			requestPasswordReset(bound, request, letters.keep),
		),
		updateName: withNeeds(updateName),
		deleteOwnAccount: withNeeds(deleteOwnAccount),
		/** What pages and apps may know before anybody has signed in. */
		options: {
			signUp: input.settings.signUp,
			providers: listProviders(input.settings.oauth),
			hasMail: input.mail !== null,
		},
		/** What `createNextAuthOptions` needs; secret, never sent anywhere. */
		nextAuth: {
			publicUrl: input.settings.publicUrl,
			oauth: input.settings.oauth,
			secret: input.secret,
			log: needs.log,
			now: input.clock.now,
		},
		/** Waits for the letters on their way. */
		close: letters.settle,
	};
}

function bindSessions(needs: AuthNeeds) {
	return {
		authenticate: withStorageErrors(needs.sessions.authenticate),
		findViewer: withStorageErrors(needs.sessions.findViewer),
		isStillValid: withStorageErrors(needs.sessions.isStillValid),
		signOutEverywhere: bindTo(needs)(signOutEverywhere),
	};
}

function bindAdministration(needs: AuthNeeds, keep: (work: Promise<void>) => void) {
	const withNeeds = bindTo(needs);
	return {
		/** The first administrator's link for the start card, or null once there is one. Replaces the older link. */
		ensureSetupLink: withNeeds(async ({ db }, publicUrl: string) =>
			(await hasAdministrator(db)) ? null : createOneTimeLink(db, { purpose: "setup", publicUrl }),
		),
		hasAdministrator: withNeeds(({ db }) => hasAdministrator(db)),
		/** Whether a link still works and whom it is for, without using it up. */
		findOneTimeLink: withNeeds(async ({ db }, purpose: LinkPurpose, token: string) => {
			const link = await findLink(db, purpose, token);
			return link && { email: link.email, expiresAt: link.expiresAt };
		}),
		createOneTimeLink: withNeeds(({ db }, link: Parameters<typeof createOneTimeLink>[1]) =>
			createOneTimeLink(db, link),
		),
		createInvite: withNeeds((bound, invite: Parameters<typeof createInvite>[1]) =>
			createInvite(bound, invite, keep),
		),
		createResetLink: withNeeds(createResetLink),
		createUser: withNeeds(({ db, secret }, user: Parameters<typeof createUser>[1]) =>
			createUser(db, user, secret),
		),
		listUsers: withNeeds(({ db }, page: Parameters<typeof listUsers>[1]) => listUsers(db, page)),
		getAccount: withNeeds(async ({ db }, userId: string) => toUserAccount(await getUser(db, userId))),
		changeAccountStatus: withNeeds(async ({ db, sessions }, change: AccountStatusChange) => {
			const account = await changeAccountStatus(db, change);
			sessions.forget(change.userId);
			return account;
		}),
		deleteAccount: withNeeds(async (bound, deletion: Deletion) => {
			await deleteAccount(bound, deletion);
			bound.sessions.forget(deletion.userId);
		}),
	};
}

async function updateName(needs: AuthNeeds, viewer: Viewer, name: string): Promise<void> {
	await updateUser(needs.db, viewer.userId, { name });
	needs.sessions.forget(viewer.userId);
}

function listProviders(oauth: AuthInput["settings"]["oauth"]): { id: string; name: string }[] {
	return [
		...(oauth.github ? [{ id: "github", name: "GitHub" }] : []),
		...(oauth.google ? [{ id: "google", name: "Google" }] : []),
		...(oauth.oidc ? [{ id: "oidc", name: oauth.oidc.name }] : []),
	];
}

const bindTo =
	(needs: AuthNeeds) =>
	<Rest extends unknown[], Result>(flow: (needs: AuthNeeds, ...rest: Rest) => Promise<Result>) =>
		withStorageErrors((...rest: Rest) => flow(needs, ...rest));

const withStorageErrors =
	<Input extends unknown[], Result>(run: (...input: Input) => Promise<Result>) =>
	async (...input: Input): Promise<Result> => {
		try {
			return await run(...input);
		} catch (error) {
			throw toStorageError(error);
		}
	};

/** Holds work that nobody waits for, so that a shutdown can. */
function createKeeper() {
	const pending = new Set<Promise<void>>();
	return {
		keep(work: Promise<void>) {
			pending.add(work);
			void work.finally(() => pending.delete(work));
		},
		settle: async () => void (await Promise.allSettled(pending)),
	};
}
