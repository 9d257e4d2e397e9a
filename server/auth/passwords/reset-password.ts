import { inTransaction } from "../../db/index.ts";
import { auditUse } from "../accounts/register.ts";
import { findUserByEmail, getUser, updateUser } from "../accounts/users.ts";
import { requireNoWait } from "../limits/attempts.ts";
import { toLimitKey, toPairKey } from "../limits/auth-limits.ts";
import { createOneTimeLink, deleteResetLinks, getLink, takeLink } from "../links/one-time-links.ts";
import type { AuthNeeds } from "../needs.ts";
import { requireGoodPassword } from "./password-rules.ts";

/**
 * Sets a new password by a one-time link and ends every session. A link that was sent by email proves the address it was
 * sent to.
 *
 * @throws AppError `not_found` (`link_invalid`) for a link that does not work.
 */
export async function resetPassword(
	needs: AuthNeeds,
	input: { token: string; newPassword: string; address?: string | null },
): Promise<{ email: string }> {
	const { userId } = await getLink(needs.db, "reset", input.token);
	const user = await getUser(needs.db, userId ?? "");
	requireGoodPassword(input.newPassword, user.email);
	const passwordHash = await needs.passwords.hash(input.newPassword);
	await inTransaction(needs.db, async (tx) => {
		const link = await takeLink(tx, "reset", input.token);
		const verifiesEmail = link.email?.toLowerCase() === user.email.toLowerCase();
		await updateUser(tx, user.id, { passwordHash, endsSessions: true, verifiesEmail });
		await deleteResetLinks(tx, user.id);
		await auditUse(tx, link, { action: "reset-link.use", userId: user.id });
	});
	needs.sessions.forget(user.id);
	await needs.limits.signInByPair.clear(toPairKey(user.email, input.address ?? null));
	return { email: user.email };
}

export type ResetAnswer = "mail_sent_if_known" | "ask_administrator";

/**
 * Asks for an email with a reset link. The answer and its time are the same whether or not the address has an account,
 * because the work starts only after the answer. Throws `rate_limited`, which counts unknown addresses too.
 */
export async function requestPasswordReset(
	needs: AuthNeeds,
	input: { email: string; address?: string | null },
): Promise<ResetAnswer> {
	if (!needs.mail) return "ask_administrator";
	const { resetByEmail, resetByAddress } = needs.limits;
	if (input.address) requireNoWait(await resetByAddress.take(input.address));
	requireNoWait(await resetByEmail.take(toLimitKey(input.email)));
	needs.background.run("auth.reset_email_failed", () => sendResetEmail(needs, input.email));
	return "mail_sent_if_known";
}

/** The text holds nothing that a person chose: a name could carry a sentence or a link to a stranger's inbox. */
async function sendResetEmail(needs: AuthNeeds, email: string): Promise<void> {
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
			"Hello,",
			"someone, probably you, asked for a new password for Parley. This link works once, for 60 minutes:",
			link.url,
			"If it was not you, nothing has changed and you need not do anything.",
		].join("\n\n"),
	});
}
