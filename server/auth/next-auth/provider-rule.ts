/** What a provider says about the person who just signed in there. */
export interface ProviderProfile {
	readonly provider: string;
	readonly providerAccountId: string;
	readonly email: string | null;
	/** Only when the provider itself says that the address was proven to be the person's. */
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
 * What becomes of a provider's identity that is not known here yet. An address links to an existing account only if both
 * sides have proven it: the provider says so, and the account's owner has proven it here before. Otherwise either side
 * could take the other over: by claiming an address at a lax provider, or by registering here first under a stranger's
 * address and waiting for the stranger to arrive. "Has no password" is no proof and therefore no reason to link.
 * A new account needs the sign-up mode's consent; an invitation counts only for a proven address.
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
