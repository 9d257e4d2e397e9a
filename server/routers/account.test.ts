import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Viewer } from "../auth/index.ts";
import { createReadLimit, toReadPlaces } from "../rates/index.ts";
import type { Services } from "../services.ts";
import { createTestAuth, password } from "../testing/auth.ts";
import { accountRouter } from "./account.ts";
import { adminRouter } from "./admin.ts";
import { createCallerFactory, router } from "./trpc.ts";

let world: Awaited<ReturnType<typeof createTestAuth>>;
let admin: Viewer;
let user: Viewer;
const createCaller = createCallerFactory(router({ account: accountRouter, admin: adminRouter }));
let as: (viewer: Viewer | null) => ReturnType<typeof createCaller>;
beforeAll(async () => {
	world = await createTestAuth();
	const auth = world.open({ signUp: "on" });
	admin = await world.createPerson(auth, "admin");
	user = await world.createPerson(auth);
	// These procedures use no other service.
	const services = { auth, reads: createReadLimit(toReadPlaces(10)) } as Services;
	as = (viewer) =>
		createCaller({ viewer, services, address: null, idempotencyKey: null, rates: [], requestId: "req_test" });
});
afterAll(() => world.db.drop());

const codeOf = (call: Promise<unknown>) =>
	call.then(
		() => "no failure",
		(error: { code: string }) => error.code,
	);

describe("account", () => {
	it("shows people themselves, and nothing secret", async () => {
		expect(await as(user).account.me()).toEqual({
			userId: user.userId,
			email: user.email,
			isEmailVerified: false,
			name: user.name,
			role: "user",
			plan: "free",
			hasPassword: true,
			notices: [],
		});
	});

	it("tells people on the next page that an administrator made a reset link, until they dismiss it", async () => {
		await as(admin).admin.users.resetLink({ userId: user.userId });
		const { notices } = await as(user).account.me();
		expect(notices).toMatchObject([{ kind: "reset_link_created", createdAt: expect.any(String) }]);
		const { noticeId = "" } = notices[0] ?? {};
		await as(admin).account.dismissNotice({ noticeId });
		expect((await as(user).account.me()).notices).toHaveLength(1);
		await as(user).account.dismissNotice({ noticeId });
		expect((await as(user).account.me()).notices).toEqual([]);
	});

	it.each([
		["U+0000 in a password", { email: "x@example.org", password: "abcdefgh\u0000" }],
		["half a surrogate pair in a password", { email: "x@example.org", password: "abcdefgh\ud800" }],
		["U+0000 in an e-mail", { email: "x\u0000@example.org", password }],
		["an e-mail without a host", { email: "x", password }],
		["an e-mail longer than mail can carry", { email: `${"x".repeat(250)}@example.org`, password }],
		["U+0000 in a name", { email: "x@example.org", password, name: "\u0000" }],
		["a name of 101 characters", { email: "x@example.org", password, name: "x".repeat(101) }],
		["a password of 2,000 characters", { email: "x@example.org", password: "x".repeat(2_000) }],
		["an address with a line break", { email: "x@example.org\nBcc: y@example.org", password }],
	])("refuses %s", async (_, input) => {
		expect(await codeOf(as(null).account.signUp(input))).toBe("BAD_REQUEST");
	});

	it("knows no person without a session", async () => {
		const { account } = as(null);
		const passwords = { currentPassword: password, newPassword: "another horse" };
		const calls = [
			account.me(),
			account.changePassword(passwords),
			account.signOutEverywhere(),
			account.updateName({ name: "X" }),
		];
		expect(await Promise.all(calls.map(codeOf))).toEqual(calls.map(() => "UNAUTHORIZED"));
	});
});

describe("admin", () => {
	it("is closed to everybody else", async () => {
		const { admin: procedures } = as(user);
		const { userId } = admin;
		const calls = [
			procedures.users.list({}),
			procedures.users.setRole({ userId, role: "user" }),
			procedures.users.suspend({ userId }),
			procedures.users.unsuspend({ userId }),
			procedures.users.resetLink({ userId }),
			procedures.invites.create({}),
		];
		expect(await Promise.all(calls.map(codeOf))).toEqual(calls.map(() => "FORBIDDEN"));
	});

	it("pages through everybody once", async () => {
		const { users } = as(admin).admin;
		const first = await users.list({ limit: 1 });
		const second = await users.list({ limit: 1, cursor: first.nextCursor ?? undefined });
		expect([...first.users, ...second.users].map(({ email }) => email)).toEqual([user.email, admin.email]);
		expect(second.nextCursor).toBeNull();
	});

	it("hands out links with an end, and keeps its last administrator", async () => {
		const link = await as(admin).admin.invites.create({ email: "new@example.org" });
		expect(link.url).toMatch(/\/sign-up\?token=[\w-]{43}$/);
		expect(Date.parse(link.expiresAt)).toBeGreaterThan(Date.now());
		expect(await codeOf(as(admin).admin.users.suspend({ userId: admin.userId }))).toBe("CONFLICT");
	});
});
