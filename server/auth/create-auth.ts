import { toStorageError } from "../db/index.ts";
import {
	type AccountStatusChange,
	changeAccountStatus,
	endTurnsOfSuspended,
} from "./accounts/change-status.ts";
import {
	type Deletion,
	deleteFromServer,
	deleteOwnAccount,
	finishDeletions,
} from "./accounts/delete-account.ts";
import { dismissNotice, listNotices } from "./accounts/notices.ts";
import { acceptInvite, acceptSetup, createUser, signUp } from "./accounts/register.ts";
import { getUser, hasAdministrator, listUsers, toUserAccount, updateUser } from "./accounts/users.ts";
import { authenticate, isStillValid } from "./authenticate.ts";
import { createInvite, createResetLink } from "./links/administrator-links.ts";
import { createOneTimeLink, findLink, type LinkPurpose } from "./links/one-time-links.ts";
import { type AuthInput, type AuthNeeds, createNeeds } from "./needs.ts";
import { signInWithProvider } from "./next-auth/provider-sign-in.ts";
import { changePassword } from "./passwords/change-password.ts";
import { requestPasswordReset, resetPassword } from "./passwords/reset-password.ts";
import { endSession, signOutEverywhere } from "./sessions/end-session.ts";
import { createDeviceCookie } from "./sessions/known-device.ts";
import { verifyCredentials } from "./sessions/sign-in.ts";
import type { Viewer } from "./viewer.ts";

export type Auth = ReturnType<typeof createAuth>;

/**
 * The room with everything it needs bound. Every method rejects with an `AppError`, `storage_unavailable` when the
 * database does not answer; the flows' own files say which others.
 */
export function createAuth(input: AuthInput) {
	const needs = createNeeds(input);
	const withNeeds = bindTo(needs);
	return {
		...bindSessions(needs),
		...bindOwnAccount(needs),
		...bindAdministration(needs),
		signInWithProvider: withNeeds(signInWithProvider),
		signUp: withNeeds(signUp),
		acceptSetup: withNeeds(acceptSetup),
		acceptInvite: withNeeds(acceptInvite),
		resetPassword: withNeeds(resetPassword),
		requestPasswordReset: withNeeds(requestPasswordReset),
		/** What pages and apps may know before anyone has signed in. */
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
		/** Waits for work in the background, such as emails on their way. */
		close: needs.background.settle,
	};
}

function bindSessions(needs: AuthNeeds) {
	const withNeeds = bindTo(needs);
	const { secret, settings } = needs;
	return {
		verifyCredentials: withNeeds(verifyCredentials),
		/** The `Set-Cookie` line for a browser that has just signed in with a password. */
		createDeviceCookie: (email: string) =>
			createDeviceCookie(email, { secret, publicUrl: settings.publicUrl }),
		authenticate: withNeeds(authenticate),
		findViewer: withStorageErrors(needs.sessions.findViewer),
		isStillValid: withNeeds(isStillValid),
		endSession: withNeeds(endSession),
		signOutEverywhere: withNeeds(signOutEverywhere),
	};
}

function bindOwnAccount(needs: AuthNeeds) {
	const withNeeds = bindTo(needs);
	return {
		getAccount: withNeeds(async ({ db }, userId: string) => toUserAccount(await getUser(db, userId))),
		listNotices: withNeeds(({ db }, userId: string) => listNotices(db, userId)),
		dismissNotice: withNeeds(({ db }, notice: Parameters<typeof dismissNotice>[1]) =>
			dismissNotice(db, notice),
		),
		changePassword: withNeeds(changePassword),
		updateName: withNeeds(updateName),
		deleteOwnAccount: withNeeds(deleteOwnAccount),
	};
}

function bindAdministration(needs: AuthNeeds) {
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
		createInvite: withNeeds(createInvite),
		createResetLink: withNeeds(createResetLink),
		createUser: withNeeds(({ db, secret }, user: Parameters<typeof createUser>[1]) =>
			createUser(db, user, secret),
		),
		listUsers: withNeeds(({ db }, page: Parameters<typeof listUsers>[1]) => listUsers(db, page)),
		changeAccountStatus: withNeeds(changeStatus),
		deleteAccount: withNeeds((bound, deletion: Deletion) => deleteFromServer(bound, deletion)),
		finishDeletions: withNeeds(finishDeletions),
	};
}

async function changeStatus(needs: AuthNeeds, change: AccountStatusChange) {
	const { db, sessions, background, endTurns } = needs;
	const account = await changeAccountStatus(db, change);
	sessions.forget(change.userId);
	if (change.isSuspended)
		background.run("auth.ending_turns_failed", () => endTurnsOfSuspended(endTurns, account.userId));
	return account;
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
