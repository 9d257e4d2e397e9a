/** What a provider says about the person who just signed in there. */
export interface ProviderProfile {
	readonly provider: string;
	readonly providerAccountId: string;
	readonly email: string | null;
	/** True only if the provider states that the person has proven to own the address. */
	readonly isEmailVerified: boolean;
	readonly name: string;
}

export type ProviderDecision =
	| "link"
	| "create"
	| "refuse_email_missing"
	| "refuse_account_exists"
	| "refuse_closed";

/**
 * Decides what to do with a provider's identity that is not known yet. It is linked to an existing account only if the address
 * is proven on both sides: the provider says so, and the account's owner has proven it here before. Otherwise an attacker could
 * take over an account by claiming its address at a lax provider, or by registering here first under another person's
 * address and waiting for that person to sign in. "Has no password" proves nothing and is no reason to link.
 * Whether a new account is created depends on the sign-up mode; an invitation counts only for a proven address.
 */
export function decideProviderSignIn(known: {
	readonly profile: Pick<ProviderProfile, "email" | "isEmailVerified">;
	readonly accountWithEmail: { readonly isEmailVerified: boolean } | null;
	readonly signUp: "on" | "off" | "invite";
	readonly isInvited: boolean;
}): ProviderDecision {
	const { profile, accountWithEmail, signUp, isInvited } = known;
	if (!profile.email) return "refuse_email_missing";
	if (accountWithEmail) {
		return profile.isEmailVerified && accountWithEmail.isEmailVerified ? "link" : "refuse_account_exists";
	}
	if (signUp === "on") return "create";
	return signUp === "invite" && isInvited && profile.isEmailVerified ? "create" : "refuse_closed";
}
