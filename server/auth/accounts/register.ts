import { AppError } from "../../contract/errors.ts";
import { requireNoWait } from "../limits/attempts.ts";
import { getLink, type LinkRow, takeLink } from "../links/one-time-links.ts";
import type { AuthNeeds } from "../needs.ts";
import { requireGoodPassword } from "../passwords/password-rules.ts";
import { hashPassword } from "../passwords/passwords.ts";
import type { Role, Viewer } from "../viewer.ts";
import {
	type AuthDb,
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
 * A new account for whoever asks, if the sign-up setting is `on`; else `forbidden`. That an address is taken already is
 * told (`conflict`): without a letter to the address there is no way to hide it, so the limit by client address counts.
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
 * `conflict` (`administrator_exists`) once there is one, whoever was faster.
 */
export async function acceptSetup(
	needs: AuthNeeds,
	input: Registration & { token: string },
): Promise<Viewer> {
	requireGoodPassword(input.password, input.email);
	await getLink(needs.db, "setup", input.token);
	const passwordHash = await needs.passwords.hash(input.password);
	return needs.db.orm.transaction(async (tx) => {
		await lockAdministrators({ orm: tx });
		await takeLink({ orm: tx }, "setup", input.token);
		if (await hasAdministrator({ orm: tx })) {
			throw new AppError("conflict", "There is an administrator already.", {
				details: { reason: "administrator_exists" },
			});
		}
		return toViewer(await insertUser({ orm: tx }, { ...input, passwordHash, role: "admin" }, needs.secret));
	});
}

/**
 * A new account by an invitation, unless the sign-up setting is `off`. An invitation that names an address admits that
 * address alone, which does not count as proven: whoever passed the link on may have read it.
 */
export async function acceptInvite(
	needs: AuthNeeds,
	input: Registration & { token: string },
): Promise<Viewer> {
	if (needs.settings.signUp === "off") refuseSignUp("Sign-up is closed.");
	requireGoodPassword(input.password, input.email);
	requireInvited(await getLink(needs.db, "invite", input.token), input.email);
	const passwordHash = await needs.passwords.hash(input.password);
	return needs.db.orm.transaction(async (tx) => {
		const link = await takeLink({ orm: tx }, "invite", input.token);
		const role = link.role ?? "user";
		return toViewer(await insertUser({ orm: tx }, { ...input, passwordHash, role }, needs.secret));
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

/** An account made by an operator; with the server's secret a deleted one's use counts on. Throws `invalid_request` for a weak password and for a plan that is not there, `conflict` for a taken address. */
export async function createUser(
	db: AuthDb,
	input: Registration & { role: Role; plan?: string },
	secret: string | null = null,
): Promise<UserAccount> {
	requireGoodPassword(input.password, input.email);
	if (input.plan !== undefined) await requirePlan(db, input.plan);
	const passwordHash = await hashPassword(input.password);
	return toUserAccount(await insertUser(db, { ...input, passwordHash }, secret));
}
