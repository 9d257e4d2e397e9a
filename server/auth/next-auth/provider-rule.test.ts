import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideProviderSignIn } from "./provider-rule.ts";

const verified = { email: "ada@example.org", isEmailVerified: true };
const claimed = { email: "ada@example.org", isEmailVerified: false };
const proven = { isEmailVerified: true };
const typed = { isEmailVerified: false };

describe("decideProviderSignIn", () => {
	it.each([
		["both sides have proven the address", verified, proven, "on", false, "link"],
		["both have, and sign-up is off", verified, proven, "off", false, "link"],
		["only the provider has", verified, typed, "on", false, "refuse_account_exists"],
		["only the account has", claimed, proven, "on", false, "refuse_account_exists"],
		["no account has", claimed, typed, "on", true, "refuse_account_exists"],
		["there is no account and sign-up is on", verified, null, "on", false, "create"],
		["the address is only claimed and sign-up is on", claimed, null, "on", false, "create"],
		["sign-up is by invitation and there is one", verified, null, "invite", true, "create"],
		["the invited address is only claimed", claimed, null, "invite", true, "refuse_closed"],
		["sign-up is by invitation and there is none", verified, null, "invite", false, "refuse_closed"],
		["sign-up is off", verified, null, "off", true, "refuse_closed"],
		["there is no address", { email: null, isEmailVerified: true }, null, "on", true, "refuse_email_missing"],
	] as const)("when %s", (_, profile, accountWithEmail, signUp, isInvited, decision) => {
		expect(decideProviderSignIn({ profile, accountWithEmail, signUp, isInvited })).toBe(decision);
	});

	it("never links an address that either side has not proven", () => {
		fc.assert(
			fc.property(
				fc.record({
					profile: fc.record({ email: fc.option(fc.emailAddress()), isEmailVerified: fc.boolean() }),
					accountWithEmail: fc.option(fc.record({ isEmailVerified: fc.boolean() })),
					signUp: fc.constantFrom("on" as const, "off" as const, "invite" as const),
					isInvited: fc.boolean(),
				}),
				(known) => {
					const isProven = known.profile.isEmailVerified && known.accountWithEmail?.isEmailVerified === true;
					expect(decideProviderSignIn(known) === "link" && !isProven).toBe(false);
				},
			),
		);
	});
});
