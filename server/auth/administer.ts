import { AppError } from "../errors.ts";
import { createOneTimeLink, type NamedRequest, type OneTimeLink } from "./links.ts";
import type { AuthNeeds } from "./needs.ts";
import {
	getUser,
	lockAdministrators,
	requireOtherAdministrator,
	toUserAccount,
	type UserAccount,
	updateUser,
} from "./users.ts";
import type { Role } from "./viewer.ts";

/** Which administrator asked, and the name that the request has there. */
export type AskedUnder = Omit<NamedRequest, "secret">;

const dayMs = 24 * 60 * 60_000;

/** Takes effect within two seconds everywhere. Throws `conflict` (`last_administrator`) and `not_found`. */
export async function setRole(needs: AuthNeeds, input: { userId: string; role: Role }): Promise<UserAccount> {
	return changeStanding(needs, input.userId, { role: input.role });
}

/** Pauses or resumes an account: a paused one can neither sign in nor go on. Throws like `setRole`. */
export async function setSuspended(
	needs: AuthNeeds,
	input: { userId: string; isSuspended: boolean },
): Promise<UserAccount> {
	return changeStanding(needs, input.userId, { isSuspended: input.isSuspended });
}

async function changeStanding(
	needs: AuthNeeds,
	userId: string,
	change: { role?: Role; isSuspended?: boolean },
): Promise<UserAccount> {
	const user = await needs.db.orm.transaction(async (tx) => {
		await lockAdministrators({ orm: tx });
		const before = await getUser({ orm: tx }, userId);
		const isActiveAdministrator = before.role === "admin" && before.suspendedAt === null;
		const stepsDown = change.role === "user" || change.isSuspended === true;
		if (isActiveAdministrator && stepsDown) await requireOtherAdministrator({ orm: tx }, userId);
		return updateUser({ orm: tx }, userId, change);
	});
	needs.sessions.forget(userId);
	return toUserAccount(user);
}

/** A link with which a person sets a new password, for an administrator to hand over. Works once, for 24 hours. */
export async function createResetLink(
	needs: AuthNeeds,
	input: { userId: string; request?: AskedUnder | null },
): Promise<OneTimeLink> {
	const user = await getUser(needs.db, input.userId);
	const { publicUrl } = needs.settings;
	return createOneTimeLink(needs.db, {
		...{ purpose: "reset", publicUrl, userId: user.id, lifetimeMs: dayMs },
		request: input.request && { ...input.request, secret: needs.secret },
	});
}

/**
 * An invitation for one person, for 7 days: for one address if one is given, which is then also sent a letter when mail
 * is configured. Throws `forbidden` (`sign_up_closed`) while the sign-up setting is `off`.
 */
export async function createInvite(
	needs: AuthNeeds,
	input: { email?: string | undefined; role: Role; request?: AskedUnder | null },
	keep: (work: Promise<void>) => void,
): Promise<OneTimeLink> {
	const { settings, mail, log } = needs;
	if (settings.signUp === "off") {
		throw new AppError("forbidden", "Sign-up is closed.", { details: { reason: "sign_up_closed" } });
	}
	const link = await createOneTimeLink(needs.db, {
		purpose: "invite",
		publicUrl: settings.publicUrl,
		role: input.role,
		...(input.email !== undefined && { email: input.email }),
		request: input.request && { ...input.request, secret: needs.secret },
	});
	if (mail && input.email !== undefined && !link.isReplay) {
		const text = `You are invited to Parley. This link works once, for 7 days:\n\n${link.url}`;
		keep(
			mail
				.send({ to: input.email, subject: "Your invitation to Parley", text })
				.catch(() => log.warn({}, "An invitation letter was not sent.")),
		);
	}
	return link;
}
