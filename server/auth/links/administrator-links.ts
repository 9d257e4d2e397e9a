import { type Actor, writeAudit } from "../../audit/index.ts";
import { AppError } from "../../contract/errors.ts";
import { inTransaction } from "../../db/index.ts";
import { addNotice } from "../accounts/notices.ts";
import { getUser } from "../accounts/users.ts";
import type { AuthNeeds } from "../needs.ts";
import type { Role } from "../viewer.ts";
import { createOneTimeLink, type NamedRequest, type OneTimeLink } from "./one-time-links.ts";

/** What links need of the room; the command line has no more. */
export type LinkNeeds = Pick<AuthNeeds, "db" | "mail" | "background"> & {
	readonly settings: Pick<AuthNeeds["settings"], "publicUrl">;
	/** Null, on a command line that does not know it: then no request has an idempotency key. */
	readonly secret: string | null;
};

/** Who makes a link: an administrator, or null for the command line. */
interface Maker {
	readonly by: Actor;
	readonly idempotencyKey?: string | null;
}

const dayMs = 24 * 60 * 60_000;

/**
 * A link with which a person sets a new password, for an administrator to pass on. Works once, for 24 hours. The person is
 * notified by email, if there is a mail server, and on the next page; the link and its use are in the audit log.
 *
 * @throws AppError `not_found`, `idempotency_conflict`.
 */
export async function createResetLink(
	needs: LinkNeeds,
	{ userId, by, idempotencyKey }: Maker & { userId: string },
): Promise<OneTimeLink> {
	const { publicUrl } = needs.settings;
	const { link, email } = await inTransaction(needs.db, async (tx) => {
		const user = await getUser(tx, userId);
		const made = await createOneTimeLink(tx, {
			purpose: "reset",
			publicUrl,
			createdBy: by,
			userId: user.id,
			lifetimeMs: dayMs,
			request: toNamed(needs, { by, idempotencyKey }),
		});
		if (made.isReplay) return { link: made, email: null };
		const { linkId } = made;
		await writeAudit(tx, {
			actorId: by,
			action: "reset-link.create",
			subject: `user:${user.id}`,
			details: { linkId },
		});
		await addNotice(tx, user.id, "reset_link_created");
		return { link: made, email: user.email };
	});
	const { mail } = needs;
	if (mail && email !== null)
		needs.background.run("auth.reset_link_email_failed", () =>
			mail.send({
				to: email,
				subject: "A password link was made for your Parley account",
				text: [
					"Hello,",
					`an administrator of Parley at ${publicUrl} made a link with which a new password can be set for your account. It works once, for 24 hours.`,
					"If you asked for it, you need not do anything. If not, ask an administrator who made it: the audit log has the name.",
				].join("\n\n"),
			}),
		);
	return link;
}

/**
 * An invitation for one person, for 7 days: for one address if one is given, to which it is then also sent when there is a
 * mail server. The link and its use are in the audit log.
 *
 * @throws AppError `forbidden` (`sign_up_closed`) while the sign-up setting is `off`; `idempotency_conflict`.
 */
export async function createInvite(
	needs: LinkNeeds & Pick<AuthNeeds, "settings">,
	{ by, idempotencyKey, role, email }: Maker & { email?: string | undefined; role: Role },
): Promise<OneTimeLink> {
	const { settings, mail } = needs;
	if (settings.signUp === "off")
		throw new AppError("forbidden", "Sign-up is closed.", { details: { reason: "sign_up_closed" } });
	const link = await inTransaction(needs.db, async (tx) => {
		const made = await createOneTimeLink(tx, {
			purpose: "invite",
			publicUrl: settings.publicUrl,
			createdBy: by,
			role,
			...(email !== undefined && { email }),
			request: toNamed(needs, { by, idempotencyKey }),
		});
		const { linkId, isReplay } = made;
		if (!isReplay)
			await writeAudit(tx, {
				actorId: by,
				action: "invite.create",
				subject: `link:${linkId}`,
				details: { role, isForOneAddress: email !== undefined },
			});
		return made;
	});
	if (mail && email !== undefined && !link.isReplay)
		needs.background.run("auth.invite_email_failed", () =>
			mail.send({
				to: email,
				subject: "Your invitation to Parley",
				text: `You are invited to Parley. This link works once, for 7 days:\n\n${link.url}`,
			}),
		);
	return link;
}

const toNamed = ({ secret }: LinkNeeds, { by, idempotencyKey }: Maker): NamedRequest | null =>
	secret !== null && by !== null && idempotencyKey ? { by, idempotencyKey, secret } : null;
