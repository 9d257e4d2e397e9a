import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestAuth, failure, password, toToken } from "../../testing/auth.ts";
import type { Auth } from "../create-auth.ts";
import type { Viewer } from "../viewer.ts";

let world: Awaited<ReturnType<typeof createTestAuth>>;
let auth: Auth;
let owner: Viewer;
let admin: Viewer;
let person: Viewer;
/** The end of the audit log before a test; its lines cannot be removed. */
let lastLine: string | null;
beforeAll(async () => {
	world = await createTestAuth();
	auth = world.open({ hasMail: true });
});
beforeEach(async () => {
	await world.db.sql`truncate users, one_time_links cascade`;
	world.emails.length = 0;
	const [last] = await world.db.sql<{ id: string }[]>`select id from audit_log order by id desc limit 1`;
	lastLine = last?.id ?? null;
	owner = await world.createPerson(auth, "admin");
	admin = await world.createPerson(auth, "admin");
	person = await world.createPerson(auth);
});
afterAll(() => world.db.drop());

const newPassword = "another horse battery";
const stranger = { email: "stranger@example.org", password };
const gone = "not_found link_invalid";
const readAudit = () => world.db.sql`
	select actor_id as "actorId", action, subject, details from audit_log
	where ${lastLine}::uuid is null or id > ${lastLine}::uuid order by id`;

/** What takes an administrator's power away, and what gives it back. */
const endings: [string, () => Promise<unknown>, (() => Promise<unknown>) | null][] = [
	["demoted", () => change({ role: "user" }), () => change({ role: "admin" })],
	["suspended", () => change({ isSuspended: true }), () => change({ isSuspended: false })],
	["deleted", () => auth.deleteAccount({ userId: admin.userId, by: owner.userId }), null],
];
const change = (what: { role?: "admin" | "user"; isSuspended?: boolean }) =>
	auth.changeAccountStatus({ userId: admin.userId, by: owner.userId, ...what });

describe.each(endings)("links of an administrator who was %s", (_, end, giveBack) => {
	it("work no more, and neither do they when the power comes back", async () => {
		const by = admin.userId;
		const invite = toToken((await auth.createInvite({ by, role: "admin" })).url);
		const named = await auth.createInvite({ by, role: "admin", email: stranger.email });
		const reset = toToken((await auth.createResetLink({ by, userId: owner.userId })).url);
		await end();
		const expectGone = async () => {
			expect(await failure(auth.acceptInvite({ ...stranger, token: invite }))).toBe(gone);
			expect(await failure(auth.acceptInvite({ ...stranger, token: toToken(named.url) }))).toBe(gone);
			expect(await failure(auth.resetPassword({ token: reset, newPassword }))).toBe(gone);
			expect(await auth.findOneTimeLink("reset", reset)).toBeNull();
			const profile = { provider: "oidc", providerAccountId: "1", isEmailVerified: true, name: "S" };
			expect(await failure(auth.signInWithProvider({ ...profile, email: stranger.email }))).toBe(
				"forbidden sign_up_closed",
			);
		};
		await expectGone();
		await giveBack?.();
		await expectGone();
	});

	it("that are made while it happens do not work either", async () => {
		// As a request that was checked before the change and is carried out after it.
		await end();
		const made = await auth.createInvite({ by: admin.userId, role: "admin" }).catch(() => null);
		if (made) expect(await failure(auth.acceptInvite({ ...stranger, token: toToken(made.url) }))).toBe(gone);
	});
});

describe("links of others", () => {
	it("go on working when one administrator steps down", async () => {
		const invite = toToken((await auth.createInvite({ by: owner.userId, role: "user" })).url);
		const reset = toToken((await auth.createResetLink({ by: null, userId: person.userId })).url);
		await change({ role: "user" });
		expect(await failure(auth.acceptInvite({ ...stranger, token: invite }))).toBe("no failure");
		expect(await failure(auth.resetPassword({ token: reset, newPassword }))).toBe("no failure");
	});
});

describe("a reset link that an administrator made", () => {
	it("is in the audit log when it is made and when it is used, by an id that opens nothing", async () => {
		const { url, linkId } = await auth.createResetLink({ by: admin.userId, userId: person.userId });
		await auth.resetPassword({ token: toToken(url), newPassword });
		const subject = `user:${person.userId}`;
		expect(await readAudit()).toMatchObject([
			{ actorId: admin.userId, action: "reset-link.create", subject, details: { linkId } },
			{
				actorId: person.userId,
				action: "reset-link.use",
				subject,
				details: { linkId, createdBy: admin.userId },
			},
		]);
		expect(JSON.stringify(await readAudit())).not.toContain(toToken(url));
		expect(await failure(auth.resetPassword({ token: linkId, newPassword }))).toBe(gone);
	});

	it("is announced to its person by email, without the link, and on the next page until it is dismissed", async () => {
		const { url } = await auth.createResetLink({ by: admin.userId, userId: person.userId });
		await auth.close();
		expect(world.emails).toMatchObject([{ to: person.email }]);
		expect(world.emails[0]?.text).not.toContain(toToken(url));
		const [notice] = await auth.listNotices(person.userId);
		expect(notice).toMatchObject({ kind: "reset_link_created" });
		const { noticeId = "" } = notice ?? {};
		await auth.dismissNotice({ userId: admin.userId, noticeId });
		expect(await auth.listNotices(person.userId)).toHaveLength(1);
		await auth.dismissNotice({ userId: person.userId, noticeId });
		await auth.dismissNotice({ userId: person.userId, noticeId });
		expect(await auth.listNotices(person.userId)).toEqual([]);
	});

	it("is one link, one line and one email however often the request is repeated", async () => {
		const request = { by: admin.userId, userId: person.userId, idempotencyKey: "once" };
		const links = [await auth.createResetLink(request), await auth.createResetLink(request)];
		await auth.close();
		expect(new Set(links.map(({ url }) => url)).size).toBe(1);
		expect(await readAudit()).toHaveLength(1);
		expect(world.emails).toHaveLength(1);
		expect(await auth.listNotices(person.userId)).toHaveLength(1);
	});
});

describe("an invitation", () => {
	it("is in the audit log when it is made and when it is used, without the address", async () => {
		const { url, linkId } = await auth.createInvite({
			by: admin.userId,
			role: "user",
			email: stranger.email,
		});
		const { userId } = await auth.acceptInvite({ ...stranger, token: toToken(url) });
		expect(await readAudit()).toMatchObject([
			{ actorId: admin.userId, action: "invite.create", subject: `link:${linkId}` },
			{
				actorId: userId,
				action: "invite.use",
				subject: `user:${userId}`,
				details: { linkId, createdBy: admin.userId },
			},
		]);
		expect(JSON.stringify(await readAudit())).not.toContain(stranger.email);
	});

	it("answers only once whether an address has an account, and is used up by it", async () => {
		const token = toToken((await auth.createInvite({ by: admin.userId, role: "user" })).url);
		expect(await failure(auth.acceptInvite({ email: person.email, password, token }))).toBe(
			"conflict email_taken",
		);
		for (const email of [owner.email, "free@example.org"])
			expect(await failure(auth.acceptInvite({ email, password, token }))).toBe(gone);
		expect(await readAudit()).toMatchObject([
			{ action: "invite.create" },
			{ action: "invite.use", actorId: null },
		]);
	});

	it("is not used up by a password that is too weak", async () => {
		const token = toToken((await auth.createInvite({ by: admin.userId, role: "user" })).url);
		expect(await failure(auth.acceptInvite({ ...stranger, password: "short", token }))).toBe(
			"invalid_request password_short",
		);
		expect(await failure(auth.acceptInvite({ ...stranger, token }))).toBe("no failure");
	});
});
