import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestAuth, failure } from "../../testing/auth.ts";
import type { Auth } from "../create-auth.ts";

let world: Awaited<ReturnType<typeof createTestAuth>>;
let auth: Auth;
beforeAll(async () => {
	world = await createTestAuth();
	auth = world.open();
});
beforeEach(async () => {
	await world.db.sql`truncate users cascade`;
});
afterAll(() => world.db.drop());

describe("the last administrator", () => {
	it("can neither step down nor be paused, until there is another who is not paused", async () => {
		const { userId } = await world.createPerson(auth, "admin");
		const other = await world.createPerson(auth, "admin");
		await auth.changeAccountStatus({ userId: other.userId, isSuspended: true, by: null });
		expect(await failure(auth.changeAccountStatus({ userId, role: "user", by: null }))).toBe(
			"conflict last_administrator",
		);
		expect(await failure(auth.changeAccountStatus({ userId, isSuspended: true, by: null }))).toBe(
			"conflict last_administrator",
		);
		await auth.changeAccountStatus({ userId: other.userId, isSuspended: false, by: null });
		expect(await auth.changeAccountStatus({ userId, role: "user", by: null })).toMatchObject({
			role: "user",
		});
	});

	it("remains when all of them step down at once", async () => {
		const people = await Promise.all([1, 2, 3, 4].map(() => world.createPerson(auth, "admin")));
		const outcomes = await Promise.all(
			people.map(({ userId }, index) =>
				failure(
					index % 2 === 0
						? auth.changeAccountStatus({ userId, role: "user", by: null })
						: auth.changeAccountStatus({ userId, isSuspended: true, by: null }),
				),
			),
		);
		expect(outcomes.filter((outcome) => outcome === "conflict last_administrator")).toHaveLength(1);
	});
});

describe("an account that is suspended", () => {
	it("has its running answers stopped, now and once more after what was still on its way", async () => {
		const { userId } = await world.createPerson(auth);
		await auth.changeAccountStatus({ userId, isSuspended: true, by: null });
		await auth.close();
		expect(world.endedTurnsOf.filter((id) => id === userId)).toEqual([userId, userId]);
	});

	it("has no answers stopped by any other change", async () => {
		const { userId } = await world.createPerson(auth);
		await auth.changeAccountStatus({ userId, plan: "pro", by: null });
		await auth.changeAccountStatus({ userId, isSuspended: false, by: null });
		await auth.close();
		expect(world.endedTurnsOf).not.toContain(userId);
	});
});

describe("the list of users", () => {
	it("pages from the newest on without losing or repeating anybody", async () => {
		for (let index = 0; index < 5; index += 1) await world.createPerson(auth);
		const everyone = await auth.listUsers({});
		const head = await auth.listUsers({ limit: 2 });
		const tail = await auth.listUsers({ afterId: head.at(-1)?.userId });
		expect([...head, ...tail]).toEqual(everyone);
		expect(everyone).toHaveLength(5);
	});

	it("holds no hash", async () => {
		await world.createPerson(auth);
		expect(JSON.stringify(await auth.listUsers({}))).not.toContain("argon2");
	});
});

it("an account that does not exist is not found", async () => {
	const userId = "0195d0c0-0000-7000-8000-000000000000";
	expect(await failure(auth.changeAccountStatus({ userId, role: "admin", by: null }))).toBe("not_found");
	expect(await failure(auth.changeAccountStatus({ userId, isSuspended: true, by: null }))).toBe("not_found");
	expect(await failure(auth.createResetLink({ userId, by: null }))).toBe("not_found");
});
