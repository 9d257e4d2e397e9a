import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestAuth, failure, password } from "../../testing/auth.ts";
import type { Auth } from "../create-auth.ts";
import type { ProviderProfile } from "./provider-rule.ts";

let world: Awaited<ReturnType<typeof createTestAuth>>;
let auth: Auth;
beforeAll(async () => {
	world = await createTestAuth();
});
beforeEach(async () => {
	await world.db.sql`truncate users, one_time_links cascade`;
	auth = world.open({ signUp: "on" });
});
afterAll(() => world.db.drop());

const ada: ProviderProfile = {
	provider: "oidc",
	providerAccountId: "sub-1",
	email: "ada@example.org",
	isEmailVerified: true,
	name: "Ada",
};
const verify = (email: string) =>
	world.db.sql`update users set email_verified_at = now() where email = ${email}`;

describe("signing in through a provider", () => {
	it("makes one account, finds it again, and keeps it when the provider's address changes", async () => {
		const viewer = await auth.signInWithProvider(ada);
		expect(viewer).toMatchObject({ email: ada.email, name: "Ada", role: "user" });
		expect(await auth.signInWithProvider({ ...ada, email: "new@example.org" })).toEqual(viewer);
		expect(await auth.getAccount(viewer.userId)).toMatchObject({ isEmailVerified: true, hasPassword: false });
	});

	it("makes one account when the same person arrives twice at once", async () => {
		const viewers = await Promise.all([1, 2, 3].map(() => auth.signInWithProvider(ada)));
		expect(new Set(viewers.map(({ userId }) => userId))).toHaveLength(1);
		expect(await auth.listUsers({})).toHaveLength(1);
	});

	it("links to an existing account only if both sides have proven the address", async () => {
		const { userId } = await auth.signUp({ email: "ADA@example.org", password });
		const stranger = { ...ada, isEmailVerified: false };
		expect(await failure(auth.signInWithProvider(ada))).toBe("forbidden account_exists");
		await verify("ADA@example.org");
		expect(await failure(auth.signInWithProvider(stranger))).toBe("forbidden account_exists");
		expect((await auth.signInWithProvider(ada)).userId).toBe(userId);
	});

	it("does not link to an account without password whose address was only claimed", async () => {
		await auth.signInWithProvider({ ...ada, provider: "lax", isEmailVerified: false });
		expect(await failure(auth.signInWithProvider(ada))).toBe("forbidden account_exists");
	});

	it("keeps two people apart who have one id at two providers", async () => {
		const one = await auth.signInWithProvider(ada);
		const other = await auth.signInWithProvider({ ...ada, provider: "github", email: "other@example.org" });
		expect(other.userId).not.toBe(one.userId);
	});

	it("makes no account against the sign-up mode, and by an open invitation to the proven address alone", async () => {
		expect(await failure(world.open({ signUp: "off" }).signInWithProvider(ada))).toBe(
			"forbidden sign_up_closed",
		);
		const invite = world.open({ signUp: "invite" });
		expect(await failure(invite.signInWithProvider(ada))).toBe("forbidden sign_up_closed");
		await invite.createInvite({ email: "Ada@example.org", role: "admin", by: null });
		const claimed = { ...ada, isEmailVerified: false };
		expect(await failure(invite.signInWithProvider(claimed))).toBe("forbidden sign_up_closed");
		expect(await invite.signInWithProvider(ada)).toMatchObject({ role: "admin" });
		await world.db.sql`truncate users cascade`;
		expect(await failure(invite.signInWithProvider(ada))).toBe("forbidden sign_up_closed");
	});

	it("needs an address, and refuses a paused account", async () => {
		for (const email of [null, "", "no address"]) {
			expect(await failure(auth.signInWithProvider({ ...ada, email }))).toBe("forbidden email_missing");
		}
		const { userId } = await auth.signInWithProvider(ada);
		await auth.changeAccountStatus({ userId, isSuspended: true, by: null });
		expect(await failure(auth.signInWithProvider(ada))).toBe("suspended");
	});

	it("stores a name that holds what the database cannot", async () => {
		const viewer = await auth.signInWithProvider({ ...ada, name: `A\u0000da \ud800${"x".repeat(200)}` });
		expect(viewer.name).toMatch(/^Ada \ufffdx+$/);
		expect(viewer.name).toHaveLength(100);
	});
});
