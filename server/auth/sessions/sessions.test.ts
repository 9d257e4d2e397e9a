import { encode } from "next-auth/jwt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestAuth, failure, publicUrl, secret, toCookie } from "../../testing/auth.ts";
import { type Auth, createAuth } from "../create-auth.ts";

let world: Awaited<ReturnType<typeof createTestAuth>>;
let auth: Auth;
/** Another instance on the same database: nothing it does reaches the first one but through the database. */
let elsewhere: Auth;
beforeAll(async () => {
	world = await createTestAuth();
	auth = world.open();
	elsewhere = world.open();
});
afterAll(() => world.db.drop());

describe("authenticate", () => {
	it("knows whose cookie it is", async () => {
		const person = await world.createPerson(auth);
		const cookie = `theme=dark; ${await toCookie(person)}; x=1`;
		expect(await auth.authenticate(cookie)).toEqual(person);
		expect(await auth.authenticate(cookie)).toEqual(person);
	});

	it("takes no cookie, garbage, another secret and an expired token for nobody", async () => {
		const person = await world.createPerson(auth);
		const forged = await encode({ token: { ...person }, secret: "another secret, just as long as ours" });
		const strange = await encode({ token: { userId: "1 or 1=1", sessionEpoch: 1 }, secret });
		for (const cookie of [
			undefined,
			"",
			"next-auth.session-token=garbage",
			`next-auth.session-token=${"a".repeat(10_000)}`,
			`next-auth.session-token=${forged}`,
			`next-auth.session-token=${strange}`,
			await toCookie(person, -60),
		]) {
			expect(await auth.authenticate(cookie)).toBeNull();
		}
	});

	it("ends a session that expires while its token is cached", async () => {
		const cookie = await toCookie(await world.createPerson(auth), 60);
		expect(await auth.authenticate(cookie)).not.toBeNull();
		world.pass(61_000);
		expect(await auth.authenticate(cookie)).toBeNull();
		world.pass(-61_000);
	});

	it("lets a pause, a role and an ended session of another instance count within two seconds, not before asking", async () => {
		const paused = await world.createPerson(auth);
		const promoted = await world.createPerson(auth);
		const ended = await world.createPerson(auth);
		const cookies = await Promise.all([paused, promoted, ended].map((person) => toCookie(person)));
		const ask = () =>
			Promise.all(cookies.map((cookie) => auth.authenticate(cookie).catch(({ code }) => code)));
		expect(await ask()).toEqual([paused, promoted, ended]);

		await elsewhere.changeAccountStatus({ userId: paused.userId, isSuspended: true, by: null });
		await elsewhere.changeAccountStatus({ userId: promoted.userId, role: "admin", by: null });
		await elsewhere.signOutEverywhere(ended);
		expect(await ask()).toEqual([paused, promoted, ended]);
		world.pass(2_000);
		expect(await ask()).toEqual(["suspended", { ...promoted, role: "admin" }, null]);

		await elsewhere.changeAccountStatus({ userId: paused.userId, isSuspended: false, by: null });
		world.pass(2_000);
		expect(await auth.authenticate(cookies[0])).toEqual(paused);
	});

	it("lets a change of this instance count at once", async () => {
		const person = await world.createPerson(auth);
		const cookie = await toCookie(person);
		expect(await auth.authenticate(cookie)).toEqual(person);
		await auth.changeAccountStatus({ userId: person.userId, isSuspended: true, by: null });
		expect(await failure(auth.authenticate(cookie))).toBe("suspended");
	});

	it("forgets an account that was deleted", async () => {
		const person = await world.createPerson(auth);
		const cookie = await toCookie(person);
		expect(await auth.authenticate(cookie)).toEqual(person);
		await world.db.sql`delete from users where id = ${person.userId}`;
		world.pass(2_000);
		expect(await auth.authenticate(cookie)).toBeNull();
	});

	it("reads the account once for a thousand calls at once", async () => {
		const person = await world.createPerson(auth);
		const cookie = await toCookie(person);
		let reads = 0;
		const sql = new Proxy(world.db.sql, {
			apply(target, self, input) {
				reads += 1;
				return Reflect.apply(target, self, input);
			},
		});
		const settings = { publicUrl, signUp: "off", oauth: { github: null, google: null, oidc: null } } as const;
		const clock = { now: Date.now, elapsed: () => 0 };
		const counted = createAuth({ db: { ...world.db, sql }, settings, secret, clock, mail: null });
		const viewers = await Promise.all(Array.from({ length: 1_000 }, () => counted.authenticate(cookie)));
		expect(new Set(viewers)).toHaveLength(1);
		expect(reads).toBe(1);
	});
});

describe("isStillValid", () => {
	it("holds until the account is paused, loses its role or its sessions are ended", async () => {
		const people = await Promise.all([0, 1, 2, 3].map(() => world.createPerson(auth)));
		const [same, paused, promoted, ended] = people;
		if (!same || !paused || !promoted || !ended) throw new Error("Four people were made.");
		expect(await Promise.all(people.map(auth.isStillValid))).toEqual([true, true, true, true]);
		await elsewhere.changeAccountStatus({ userId: paused.userId, isSuspended: true, by: null });
		await elsewhere.changeAccountStatus({ userId: promoted.userId, role: "admin", by: null });
		await elsewhere.signOutEverywhere(ended);
		world.pass(2_000);
		expect(await Promise.all(people.map(auth.isStillValid))).toEqual([true, false, false, false]);
	});
});
