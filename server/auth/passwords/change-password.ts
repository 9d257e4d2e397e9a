import { AppError } from "../../contract/errors.ts";
import { inTransaction } from "../../db/index.ts";
import { getUser, type UserRow, updateUser } from "../accounts/users.ts";
import { type Attempts, takeAttempt } from "../limits/attempts.ts";
import { deleteResetLinks } from "../links/one-time-links.ts";
import type { AuthNeeds } from "../needs.ts";
import type { Viewer } from "../viewer.ts";
import { requireGoodPassword } from "./password-rules.ts";

/**
 * Changes the viewer's own password and ends every session, this one included.
 *
 * @throws AppError `forbidden` (`wrong_password`); `rate_limited` after ten wrong ones in 15 minutes.
 */
export async function changePassword(
	needs: AuthNeeds,
	viewer: Viewer,
	input: { currentPassword: string; newPassword: string },
): Promise<void> {
	requireGoodPassword(input.newPassword, viewer.email);
	const user = await getUser(needs.db, viewer.userId);
	const given = { password: input.currentPassword, field: "currentPassword" };
	await requireOwnPassword(needs, user, { ...given, limit: needs.limits.passwordChange });
	const passwordHash = await needs.passwords.hash(input.newPassword);
	await inTransaction(needs.db, async (tx) => {
		await updateUser(tx, viewer.userId, { passwordHash, endsSessions: true });
		await deleteResetLinks(tx, viewer.userId);
	});
	needs.sessions.forget(viewer.userId);
}

/**
 * Makes a signed-in person give the password again. Counted by the account's id under a limit of its own: sign-ins that
 * strangers attempt under its email address do not count here.
 *
 * @throws AppError `forbidden` (`wrong_password`), `rate_limited`.
 */
export async function requireOwnPassword(
	needs: AuthNeeds,
	user: UserRow,
	{ password, field, limit }: { password: string; field: string; limit: Attempts },
): Promise<void> {
	await takeAttempt([[limit, user.id]]);
	if (!(await needs.passwords.verify(user.passwordHash, password)))
		throw new AppError("forbidden", "The password is not right.", {
			details: { field, reason: "wrong_password" },
		});
	await limit.clear(user.id);
}
