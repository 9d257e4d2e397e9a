import { type Actor, writeAudit } from "../../audit/index.ts";
import { AppError } from "../../contract/errors.ts";
import { inTransaction } from "../../db/index.ts";
import { createOneTimeLink, type NamedRequest, type OneTimeLink } from "../links/one-time-links.ts";
import type { AuthNeeds } from "../needs.ts";
import type { Role } from "../viewer.ts";
import {
	type AuthDb,
	getUser,
	lockAdministrators,
	requireOtherAdministrator,
	requirePlan,
	toUserAccount,
	type UserAccount,
	updateUser,
} from "./users.ts";

/** Which administrator asked, and the name that the request has there. */
export type AskedUnder = Omit<NamedRequest, "secret">;

const dayMs = 24 * 60 * 60_000;

/** A change of one account's standing; what is left out stays. */
export interface AccountStatusChange {
	readonly userId: string;
	readonly by: Actor;
	readonly role?: Role;
	readonly plan?: string;
	readonly isSuspended?: boolean;
	/** Kept in the audit log. */
	readonly reason?: string | undefined;
}

/**
 * Changes role, plan or whether the account is paused (it can then neither sign in nor go on), with a line in the audit log.
 * Takes effect within two seconds everywhere; a plan's limits at the next request.
 *
 * @throws AppError `conflict` (`last_administrator`), `not_found`, `invalid_request` when there is no such plan.
 */
export async function changeAccountStatus(db: AuthDb, change: AccountStatusChange): Promise<UserAccount> {
	const { userId, by, reason, ...columns } = change;
	const user = await inTransaction(db, async (tx) => {
		await lockAdministrators(tx);
		const before = await getUser(tx, userId);
		const isActiveAdministrator = before.role === "admin" && before.suspendedAt === null;
		const stepsDown = change.role === "user" || change.isSuspended === true;
		if (isActiveAdministrator && stepsDown) await requireOtherAdministrator(tx, userId);
		if (change.plan !== undefined) await requirePlan(tx, change.plan);
		const after = await updateUser(tx, userId, columns);
		await writeAudit(tx, {
			actorId: by,
			action: toAction(change),
			subject: `user:${userId}`,
			details: {
				from: { role: before.role, plan: before.plan, isSuspended: before.suspendedAt !== null },
				to: { role: after.role, plan: after.plan, isSuspended: after.suspendedAt !== null },
				reason: reason ?? null,
			},
		});
		return after;
	});
	return toUserAccount(user);
}

function toAction({ role, plan, isSuspended }: AccountStatusChange): string {
	if (role !== undefined) return "user.set-role";
	if (plan !== undefined) return "user.set-plan";
	return isSuspended ? "user.suspend" : "user.unsuspend";
}

/** A link with which a person sets a new password, for an administrator to hand over. Works once, for 24 hours. */
export async function createResetLink(
	needs: AuthNeeds,
	input: { userId: string; request?: AskedUnder | null },
): Promise<OneTimeLink> {
	const user = await getUser(needs.db, input.userId);
	const { publicUrl } = needs.settings;
	return createOneTimeLink(needs.db, {
		purpose: "reset",
		publicUrl,
		userId: user.id,
		lifetimeMs: dayMs,
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
