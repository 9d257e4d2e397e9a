import { AppError } from "../../contract/errors.ts";
import { inTransaction } from "../../db/index.ts";
import { findUserByEmail, getUser, updateUser } from "../accounts/users.ts";
import { requireNoWait } from "../limits/attempts.ts";
import { createOneTimeLink, deleteResetLinks, getLink, takeLink } from "../links/one-time-links.ts";
import { type AuthNeeds, toLimitKey } from "../needs.ts";
import type { Viewer } from "../viewer.ts";
import { requireGoodPassword } from "./password-rules.ts";

/**
 * Changes the viewer's own password and ends every session, this one included: whoever has the new password signs in
 * again. Throws `forbidden` (`wrong_password`) and, after ten wrong ones in 15 minutes, `rate_limited`.
 */
export async function changePassword(
	needs: AuthNeeds,
	viewer: Viewer,
	input: { currentPassword: string; newPassword: string },
): Promise<void> {
	requireGoodPassword(input.newPassword, viewer.email);
	const { signInByEmail } = needs.limits;
	requireNoWait(await signInByEmail.take(toLimitKey(viewer.email)));
	const user = await getUser(needs.db, viewer.userId);
	if (!(await needs.passwords.verify(user.passwordHash, input.currentPassword))) {
		throw new AppError("forbidden", "The current password is not right.", {
			details: { field: "currentPassword", reason: "wrong_password" },
		});
	}
	await signInByEmail.clear(toLimitKey(viewer.email));
	const passwordHash = await needs.passwords.hash(input.newPassword);
	await inTransaction(needs.db, async (tx) => {
		await updateUser(tx, viewer.userId, { passwordHash, endsSessions: true });
		await deleteResetLinks(tx, viewer.userId);
	});
	needs.sessions.forget(viewer.userId);
}

/** Ends every session of the viewer, within two seconds everywhere. */
export async function signOutEverywhere(needs: AuthNeeds, viewer: Viewer): Promise<void> {
	await updateUser(needs.db, viewer.userId, { endsSessions: true });
	needs.sessions.forget(viewer.userId);
}

/**
 * Sets a new password by a one-time link and ends every session. A link that was mailed proves the address it was mailed
 * to. Throws `not_found` (`link_invalid`) for a link that does not work.
 */
export async function resetPassword(
	needs: AuthNeeds,
	input: { token: string; newPassword: string },
): Promise<{ email: string }> {
	const { userId } = await getLink(needs.db, "reset", input.token);
	const user = await getUser(needs.db, userId ?? "");
	requireGoodPassword(input.newPassword, user.email);
	const passwordHash = await needs.passwords.hash(input.newPassword);
	await needs.db.orm.transaction(async (tx) => {
		const link = await takeLink({ orm: tx }, "reset", input.token);
		const verifiesEmail = link.email?.toLowerCase() === user.email.toLowerCase();
		await updateUser({ orm: tx }, user.id, { passwordHash, endsSessions: true, verifiesEmail });
		await deleteResetLinks({ orm: tx }, user.id);
	});
	await needs.limits.signInByEmail.clear(toLimitKey(user.email));
	needs.sessions.forget(user.id);
	return { email: user.email };
}

export type ResetAnswer = "mail_sent_if_known" | "ask_administrator";

/**
 * Asks for a letter with a reset link. The answer and its time are the same whether or not the address has an account,
 * because the work starts only after the answer: `keep` takes the promise, so that a shutdown can wait for it. Throws
 * `rate_limited`, which counts unknown addresses too.
 */
export async function requestPasswordReset(
	needs: AuthNeeds,
	input: { email: string; address?: string | null },
	keep: (work: Promise<void>) => void,
): Promise<ResetAnswer> {
	if (!needs.mail) return "ask_administrator";
	const { resetByEmail, resetByAddress } = needs.limits;
	if (input.address) requireNoWait(await resetByAddress.take(input.address));
	requireNoWait(await resetByEmail.take(toLimitKey(input.email)));
	keep(
		sendResetLetter(needs, input.email).catch((error: unknown) =>
			needs.log.warn(
				{ reason: error instanceof Error ? error.message : "unknown" },
				"A reset letter was not sent.",
			),
		),
	);
	return "mail_sent_if_known";
}

async function sendResetLetter(needs: AuthNeeds, email: string): Promise<void> {
	const user = await findUserByEmail(needs.db, email);
	if (!user || !needs.mail) return;
	const link = await createOneTimeLink(needs.db, {
		purpose: "reset",
		publicUrl: needs.settings.publicUrl,
		userId: user.id,
		email: user.email,
	});
	await needs.mail.send({
		to: user.email,
		subject: "Set a new password for Parley",
		text: [
			`Hello ${user.name},`,
			`someone, probably you, asked for a new password for Parley. This link works once, for 60 minutes:`,
			link.url,
			`If it was not you, nothing has changed and you need not do anything.`,
		].join("\n\n"),
	});
}
