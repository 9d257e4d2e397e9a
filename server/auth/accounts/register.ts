import { writeAudit } from "../../audit/index.ts";
import { AppError, isAppError } from "../../contract/errors.ts";
import { type DatabaseOrTransaction, inTransaction } from "../../db/index.ts";
import { requireNoWait } from "../limits/attempts.ts";
import { getLink, type LinkRow, takeLink } from "../links/one-time-links.ts";
import type { AuthNeeds } from "../needs.ts";
import { requireGoodPassword } from "../passwords/password-rules.ts";
import { hashPassword } from "../passwords/passwords.ts";
import type { Role, Viewer } from "../viewer.ts";
import {
	hasAdministrator,
	insertUser,
	lockAdministrators,
	requirePlan,
	toUserAccount,
	toViewer,
	type UserAccount,
} from "./users.ts";

export interface Registration {
	readonly email: string;
	readonly password: string;
	readonly name?: string;
}

/**
 * A new account for anyone, if the sign-up setting is `on`; else `forbidden`. The answer tells that an address is taken
 * (`conflict`): without an email to the address this cannot be hidden, so the number of tries per client address is limited.
 */
export async function signUp(
	needs: AuthNeeds,
	registration: Registration & { address?: string | null },
): Promise<Viewer> {
	if (needs.settings.signUp !== "on") refuseSignUp("Sign-up is not open to everyone.");
	requireGoodPassword(registration.password, registration.email);
	if (registration.address) requireNoWait(await needs.limits.signUpByAddress.take(registration.address));
	const passwordHash = await needs.passwords.hash(registration.password);
	return toViewer(await insertUser(needs.db, { ...registration, passwordHash, role: "user" }, needs.secret));
}

/**
 * The first administrator, by the one-time link printed at start. Throws `not_found` for a link that does not work and
 * `conflict` (`administrator_exists`) once there is an administrator.
 */
export async function acceptSetup(
	needs: AuthNeeds,
	input: Registration & { token: string },
): Promise<Viewer> {
	requireGoodPassword(input.password, input.email);
	await getLink(needs.db, "setup", input.token);
	const passwordHash = await needs.passwords.hash(input.password);
	return await inTransaction(needs.db, async (tx) => {
		await lockAdministrators(tx);
		const link = await takeLink(tx, "setup", input.token);
		if (await hasAdministrator(tx))
			throw new AppError("conflict", "There is an administrator already.", {
				details: { reason: "administrator_exists" },
			});
		const user = await insertUser(tx, { ...input, passwordHash, role: "admin" }, needs.secret);
		await auditUse(tx, link, { action: "setup-link.use", userId: user.id });
		return toViewer(user);
	});
}

/**
 * A new account by an invitation, unless the sign-up setting is `off`. An invitation that names an address admits only that
 * address, which does not count as proven: the link may have been passed on. An invitation is used up also when the address
 * has an account already (`conflict`), so that its holder cannot try out who has one.
 */
export async function acceptInvite(
	needs: AuthNeeds,
	input: Registration & { token: string },
): Promise<Viewer> {
	if (needs.settings.signUp === "off") refuseSignUp("Sign-up is closed.");
	requireGoodPassword(input.password, input.email);
	requireInvited(await getLink(needs.db, "invite", input.token), input.email);
	const passwordHash = await needs.passwords.hash(input.password);
	const outcome = await inTransaction(needs.db, async (tx) => {
		const link = await takeLink(tx, "invite", input.token);
		const role = link.role ?? "user";
		try {
			const user = await insertUser(tx, { ...input, passwordHash, role }, needs.secret);
			await auditUse(tx, link, { action: "invite.use", userId: user.id });
			return { viewer: toViewer(user) };
		} catch (error) {
			if (!isAppError(error) || error.code !== "conflict") throw error;
			await auditUse(tx, link, { action: "invite.use", userId: null });
			return { error };
		}
	});
	if (outcome.error) throw outcome.error;
	return outcome.viewer;
}

/** @param use.userId whose account was made with the link, or null when its address was taken. */
export async function auditUse(
	tx: Pick<DatabaseOrTransaction, "orm">,
	link: LinkRow,
	use: { action: string; userId: string | null },
): Promise<void> {
	await writeAudit(tx, {
		actorId: use.userId,
		action: use.action,
		subject: use.userId === null ? `link:${link.id}` : `user:${use.userId}`,
		details: { linkId: link.id, createdBy: link.createdBy, role: link.role },
	});
}

function requireInvited(link: LinkRow, email: string): void {
	if (link.email === null || link.email.toLowerCase() === email.toLowerCase()) return;
	throw new AppError("invalid_request", "The invitation is for another address.", {
		details: { field: "email", reason: "email_not_invited" },
	});
}

function refuseSignUp(message: string): never {
	throw new AppError("forbidden", message, { details: { reason: "sign_up_closed" } });
}

/**
 * An account made by an operator.
 *
 * @param secret the server's, with which what a deleted account of the same address used is counted for the new one; null: it
 * is not.
 * @throws AppError `invalid_request` for a weak password or an unknown plan, `conflict` for a taken address.
 */
export async function createUser(
	db: DatabaseOrTransaction,
	input: Registration & { role: Role; plan?: string },
	secret: string | null = null,
): Promise<UserAccount> {
	requireGoodPassword(input.password, input.email);
	if (input.plan !== undefined) await requirePlan(db, input.plan);
	const passwordHash = await hashPassword(input.password);
	return toUserAccount(await insertUser(db, { ...input, passwordHash }, secret));
}
