import { and, eq } from "drizzle-orm";
import { identities, users } from "../../../drizzle/schema/index.ts";
import { AppError, isAppError } from "../../contract/errors.ts";
import { type DatabaseOrTransaction, inTransaction } from "../../db/index.ts";
import { auditUse } from "../accounts/register.ts";
import { findUserByEmail, insertUser, toViewer, type UserRow } from "../accounts/users.ts";
import { emailField } from "../fields.ts";
import { takeInvitationFor } from "../links/one-time-links.ts";
import type { AuthNeeds } from "../needs.ts";
import type { Viewer } from "../viewer.ts";
import { decideProviderSignIn, type ProviderProfile } from "./provider-rule.ts";

/**
 * The account of a person who just signed in at a provider, created or linked as `decideProviderSignIn` allows. Throws
 * `suspended`, or `forbidden` with `details.reason` `email_missing`, `account_exists` or `sign_up_closed`.
 */
export async function signInWithProvider(needs: AuthNeeds, profile: ProviderProfile): Promise<Viewer> {
	const { db } = needs;
	const admit = () => inTransaction(db, (tx) => admitIdentity(tx, needs, profile));
	const user = await admit().catch((error: unknown) => {
		// Two first sign-ins at once: the slower one finds what the faster one made.
		if (isAppError(error) && error.code === "conflict") return admit();
		throw error;
	});
	if (user.suspendedAt) throw new AppError("suspended", "This account is suspended.");
	return toViewer(user);
}

async function admitIdentity(
	tx: DatabaseOrTransaction,
	{ settings, secret }: AuthNeeds,
	profile: ProviderProfile,
): Promise<UserRow> {
	const known = await findUserByIdentity(tx, profile);
	if (known) return known;

	const email = emailField.safeParse(profile.email).data ?? null;
	const owner = email === null ? null : await findUserByEmail(tx, email);
	const canBeInvited = email !== null && !owner && profile.isEmailVerified && settings.signUp === "invite";
	const invitation = canBeInvited ? await takeInvitationFor(tx, email) : null;
	const decision = decideProviderSignIn({
		profile: { email, isEmailVerified: profile.isEmailVerified },
		accountWithEmail: owner && { isEmailVerified: owner.emailVerifiedAt !== null },
		signUp: settings.signUp,
		isInvited: invitation !== null,
	});
	if (decision === "link" && owner) return addIdentity(tx, owner, profile);
	if (decision === "create" && email !== null) {
		const { isEmailVerified, name } = profile;
		const role = invitation?.role ?? "user";
		const person = { email, name: toName(name), passwordHash: null, role, isEmailVerified };
		const user = await insertUser(tx, person, secret);
		if (invitation) await auditUse(tx, invitation, { action: "invite.use", userId: user.id });
		return addIdentity(tx, user, profile);
	}
	throw new AppError("forbidden", "This identity opens no account here.", {
		details: { reason: decision.replace("refuse_closed", "sign_up_closed").replace("refuse_", "") },
	});
}

async function findUserByIdentity(
	tx: DatabaseOrTransaction,
	profile: ProviderProfile,
): Promise<UserRow | null> {
	const [row] = await tx.orm
		.select({ user: users })
		.from(identities)
		.innerJoin(users, eq(users.id, identities.userId))
		.where(
			and(
				eq(identities.provider, profile.provider),
				eq(identities.providerAccountId, profile.providerAccountId),
			),
		)
		.limit(1);
	return row?.user ?? null;
}

async function addIdentity(
	tx: DatabaseOrTransaction,
	user: UserRow,
	profile: ProviderProfile,
): Promise<UserRow> {
	const added = await tx.orm
		.insert(identities)
		.values({
			provider: profile.provider,
			providerAccountId: profile.providerAccountId,
			userId: user.id,
		})
		.onConflictDoNothing()
		.returning({ userId: identities.userId });
	if (added.length > 0) return user;
	throw new AppError("conflict", "The identity was linked at the same moment.");
}

/** A provider's name is foreign text: made storable and short rather than refused. */
const toName = (name: string): string => name.replaceAll("\u0000", "").toWellFormed().trim().slice(0, 100);
