import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestAuth, failure, password, publicUrl, toToken } from "../../testing/auth.ts";
import type { Auth } from "../create-auth.ts";

let world: Awaited<ReturnType<typeof createTestAuth>>;
let auth: Auth;
beforeAll(async () => {
	world = await createTestAuth();
	auth = world.open();
});
beforeEach(async () => {
	await world.db.sql`truncate users, one_time_links cascade`;
});
afterAll(() => world.db.drop());

const first = { email: "first@example.org", password };
const second = { email: "second@example.org", password };

async function createSetupToken(): Promise<string> {
	const link = await auth.ensureSetupLink(publicUrl);
	expect(link?.url).toMatch(/^http:\/\/localhost:3000\/setup\?token=[\w-]{43}$/);
	return toToken(link?.url ?? "");
}

describe("the first administrator's link", () => {
	it("makes an administrator who can sign in, and then none is offered any more", async () => {
		const viewer = await auth.acceptSetup({ ...first, name: "Ada", token: await createSetupToken() });
		expect(viewer).toMatchObject({ email: first.email, name: "Ada", role: "admin" });
		expect(await auth.verifyCredentials(first)).toEqual(viewer);
		expect(await auth.ensureSetupLink(publicUrl)).toBeNull();
	});

	it("used by several at once makes one administrator", async () => {
		const token = await createSetupToken();
		const race = [first, second, { email: "third@example.org", password }];
		const outcomes = await Promise.all(race.map((person) => failure(auth.acceptSetup({ ...person, token }))));
		expect(outcomes.toSorted()).toEqual(["no failure", "not_found link_invalid", "not_found link_invalid"]);
		expect(await auth.listUsers({})).toHaveLength(1);
	});

	it("is void once there is an administrator by another way", async () => {
		const token = await createSetupToken();
		await auth.createUser({ ...second, role: "admin" });
		expect(await failure(auth.acceptSetup({ ...first, token }))).toBe("conflict administrator_exists");
	});

	it("works for 60 minutes of the database's clock", async () => {
		const token = await createSetupToken();
		const [row] = await world.db
			.sql`select extract(epoch from expires_at - now())::int as seconds from one_time_links`;
		expect(row?.seconds).toBeGreaterThan(3_590);
		expect(row?.seconds).toBeLessThanOrEqual(3_600);
		await world.db.sql`update one_time_links set expires_at = now()`;
		expect(await failure(auth.acceptSetup({ ...first, token }))).toBe("not_found link_invalid");
		expect(await auth.findOneTimeLink("setup", token)).toBeNull();
	});

	it("is replaced at the next start", async () => {
		const older = await createSetupToken();
		const newer = await createSetupToken();
		expect(await failure(auth.acceptSetup({ ...first, token: older }))).toBe("not_found link_invalid");
		expect(await failure(auth.acceptSetup({ ...first, token: newer }))).toBe("no failure");
	});

	it("survives a refused password and a taken address", async () => {
		const token = await createSetupToken();
		await auth.createUser({ ...second, role: "user" });
		const attempts = [{ ...first, password: "short" }, { ...first, password: first.email }, second];
		const outcomes = await Promise.all(
			attempts.map((person) => failure(auth.acceptSetup({ ...person, token }))),
		);
		expect(outcomes).toEqual([
			"invalid_request password_short",
			"invalid_request password_obvious",
			"conflict email_taken",
		]);
		expect(await failure(auth.acceptSetup({ ...first, token }))).toBe("no failure");
	});

	it("is kept only as a hash", async () => {
		const token = await createSetupToken();
		const [row] = await world.db.sql`select row_to_json(l)::text as stored from one_time_links l`;
		expect(row?.stored).not.toContain(token);
	});
});

describe("an invitation", () => {
	it("gives its role to its address alone, once, however many come at once", async () => {
		const { url } = await auth.createInvite({ email: "First@Example.org", role: "admin", by: null });
		const token = toToken(url);
		expect(await failure(auth.acceptInvite({ ...second, token }))).toBe("invalid_request email_not_invited");
		const outcomes = await Promise.all([1, 2, 3].map(() => failure(auth.acceptInvite({ ...first, token }))));
		expect(outcomes.toSorted()).toEqual(["no failure", "not_found link_invalid", "not_found link_invalid"]);
		expect(await auth.listUsers({})).toMatchObject([{ role: "admin", isEmailVerified: false }]);
	});

	it("without an address admits the one person who comes first", async () => {
		const token = toToken((await auth.createInvite({ role: "user", by: null })).url);
		const race = [first, second].map((person) => failure(auth.acceptInvite({ ...person, token })));
		expect((await Promise.all(race)).toSorted()).toEqual(["no failure", "not_found link_invalid"]);
		expect(await auth.listUsers({})).toMatchObject([{ role: "user" }]);
	});

	it("opens neither the set-up nor a reset", async () => {
		const token = toToken((await auth.createInvite({ role: "user", by: null })).url);
		expect(await failure(auth.acceptSetup({ ...first, token }))).toBe("not_found link_invalid");
		expect(await failure(auth.resetPassword({ token, newPassword: password }))).toBe(
			"not_found link_invalid",
		);
	});

	it("is neither made nor taken while sign-up is off", async () => {
		const token = toToken((await auth.createInvite({ role: "user", by: null })).url);
		const closed = world.open({ signUp: "off" });
		expect(await failure(closed.createInvite({ role: "user", by: null }))).toBe("forbidden sign_up_closed");
		expect(await failure(closed.acceptInvite({ ...first, token }))).toBe("forbidden sign_up_closed");
	});

	it("is mailed to its address when mail is set", async () => {
		const mailing = world.open({ hasMail: true });
		const { url } = await mailing.createInvite({ email: first.email, role: "user", by: null });
		await mailing.close();
		expect(world.emails.at(-1)).toMatchObject({ to: first.email, text: expect.stringContaining(url) });
	});
});

describe("sign-up", () => {
	it("is open only in the mode that says so", async () => {
		expect(await failure(world.open({ signUp: "off" }).signUp(first))).toBe("forbidden sign_up_closed");
		expect(await failure(world.open({ signUp: "invite" }).signUp(first))).toBe("forbidden sign_up_closed");
		const viewer = await world.open({ signUp: "on" }).signUp(first);
		expect(viewer).toMatchObject({ role: "user", name: "first" });
	});

	it("gives one address to one account, however it is capitalised and however many ask at once", async () => {
		const open = world.open({ signUp: "on" });
		const spellings = ["me@example.org", "ME@example.org", "Me@Example.Org"];
		const outcomes = await Promise.all(spellings.map((email) => failure(open.signUp({ email, password }))));
		expect(outcomes.toSorted()).toEqual(["conflict email_taken", "conflict email_taken", "no failure"]);
	});

	it("takes 20 accounts from one client address, then none for a while", async () => {
		const open = world.open({ signUp: "on" });
		const join = (index: number) =>
			failure(open.signUp({ email: `many${index}@example.org`, password, address: "203.0.113.7" }));
		const outcomes = await Promise.all(Array.from({ length: 21 }, (_, index) => join(index)));
		expect(outcomes.filter((outcome) => outcome === "rate_limited")).toHaveLength(1);
	});
});
