import { encode } from "next-auth/jwt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestAuth, failure, publicUrl, secret, toCookie } from "../../testing/auth.ts";
import { type Auth, createAuth } from "../create-auth.ts";
import type { Viewer } from "../viewer.ts";

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
		expect(await auth.authenticate(cookie)).toMatchObject(person);
		expect(await auth.authenticate(cookie)).toMatchObject(person);
	});

	it("takes no cookie, garbage, another secret and an expired token for no session", async () => {
		const person = await world.createPerson(auth);
		const forged = await encode({ token: { ...person }, secret: "another secret, just as long as ours" });
		const strange = await encode({ token: { userId: "1 or 1=1", sessionEpoch: 1 }, secret });
		for (const cookie of [
			undefined,
			"",
			"next-auth-3000.session-token=garbage",
			`next-auth-3000.session-token=${"a".repeat(10_000)}`,
			`next-auth-3000.session-token=${forged}`,
			`next-auth-3000.session-token=${strange}`,
			await toCookie(person, { maxAgeSeconds: -60 }),
		]) {
			expect(await auth.authenticate(cookie)).toBeNull();
		}
	});

	it("ends a session that expires while its token is cached", async () => {
		const cookie = await toCookie(await world.createPerson(auth), { maxAgeSeconds: 60 });
		expect(await auth.authenticate(cookie)).not.toBeNull();
		world.pass(3_600_000);
		expect(await auth.authenticate(cookie)).toBeNull();
		world.pass(-3_600_000);
	});

	it("lets a pause, a role and an ended session of another instance count within two seconds, not before asking", async () => {
		const paused = await world.createPerson(auth);
		const promoted = await world.createPerson(auth);
		const ended = await world.createPerson(auth);
		const cookies = await Promise.all([paused, promoted, ended].map((person) => toCookie(person)));
		const ask = () =>
			Promise.all(cookies.map((cookie) => auth.authenticate(cookie).catch(({ code }) => code)));
		expect(await ask()).toMatchObject([paused, promoted, ended]);

		await elsewhere.changeAccountStatus({ userId: paused.userId, isSuspended: true, by: null });
		await elsewhere.changeAccountStatus({ userId: promoted.userId, role: "admin", by: null });
		await elsewhere.signOutEverywhere(ended);
		expect(await ask()).toMatchObject([paused, promoted, ended]);
		world.pass(2_000);
		expect(await ask()).toMatchObject(["suspended", { ...promoted, role: "admin" }, null]);

		await elsewhere.changeAccountStatus({ userId: paused.userId, isSuspended: false, by: null });
		world.pass(2_000);
		expect(await auth.authenticate(cookies[0])).toMatchObject(paused);
	});

	it("lets a change of this instance count at once", async () => {
		const person = await world.createPerson(auth);
		const cookie = await toCookie(person);
		expect(await auth.authenticate(cookie)).toMatchObject(person);
		await auth.changeAccountStatus({ userId: person.userId, isSuspended: true, by: null });
		expect(await failure(auth.authenticate(cookie))).toBe("suspended");
	});

	it("forgets an account that was deleted", async () => {
		const person = await world.createPerson(auth);
		const cookie = await toCookie(person);
		expect(await auth.authenticate(cookie)).toMatchObject(person);
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
		for (const viewer of viewers) expect(viewer).toEqual(viewers[0]);
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

describe("signing out", () => {
	/** The claims of a session, as next-auth hands them to its own sign-out. */
	const toClaims = (viewer: Viewer, claims: Record<string, unknown> = {}) => {
		const seconds = Math.floor(Date.now() / 1_000);
		return { ...viewer, iat: seconds, exp: seconds + 3_600, ...claims };
	};
	const signIn = async (person: Viewer) => {
		const cookie = await toCookie(person);
		const viewer = await auth.authenticate(cookie);
		if (!viewer) throw new Error("A fresh session is valid.");
		return { cookie, viewer };
	};

	it("ends this session on the server, and no other one: a copied token is worth nothing", async () => {
		const person = await world.createPerson(auth);
		const [left, kept] = [await signIn(person), await signIn(person)];
		expect(await elsewhere.authenticate(left.cookie)).toMatchObject(person);
		await auth.endSession(toClaims(left.viewer));
		await auth.endSession(toClaims(left.viewer));
		expect(await auth.authenticate(left.cookie)).toBeNull();
		expect(await auth.isStillValid(left.viewer)).toBe(false);
		expect(await auth.authenticate(kept.cookie)).toMatchObject(person);
		world.pass(2_000);
		expect(await elsewhere.authenticate(left.cookie)).toBeNull();
		expect(await elsewhere.authenticate(kept.cookie)).toMatchObject(person);
	});

	it("of a session without an id ends all sessions, because the one cannot be named", async () => {
		const person = await world.createPerson(auth);
		const { cookie, viewer } = await signIn(person);
		await auth.endSession(toClaims(viewer, { sessionId: undefined }));
		expect(await auth.authenticate(cookie)).toBeNull();
	});

	it("takes garbage and sessions of deleted people for nothing to do", async () => {
		const person = await world.createPerson(auth);
		const { viewer } = await signIn(person);
		await world.db.sql`delete from users where id = ${person.userId}`;
		await auth.endSession(toClaims(viewer));
		await auth.endSession({});
		await auth.endSession(null);
		expect(await world.db.sql`select from ended_sessions where user_id = ${person.userId}`).toEqual([]);
	});

	it("is forgotten once the session would have ended by itself", async () => {
		const person = await world.createPerson(auth);
		const { viewer } = await signIn(person);
		await auth.endSession(toClaims(viewer));
		await world.db.sql`update ended_sessions set expires_at = now() - interval '1 second'`;
		const other = await signIn(person);
		await auth.endSession(toClaims(other.viewer));
		expect(await world.db.sql`select from ended_sessions where user_id = ${person.userId}`).toHaveLength(1);
	});
});

describe("the absolute end of a session", () => {
	const dayMs = 24 * 60 * 60_000;

	it("is 30 days after the sign-in, however often next-auth renewed the token", async () => {
		const person = await world.createPerson(auth);
		const renewed = { maxAgeSeconds: 30 * 24 * 60 * 60 };
		const [young, old] = await Promise.all(
			[29, 31].map((days) => toCookie(person, { ...renewed, signedInAtMs: Date.now() - days * dayMs })),
		);
		expect(await auth.authenticate(young)).toMatchObject(person);
		expect(await auth.authenticate(old)).toBeNull();
	});

	it("ends streams, too", async () => {
		const person = await world.createPerson(auth);
		const viewer = await auth.authenticate(
			await toCookie(person, { signedInAtMs: Date.now() - 30 * dayMs + 60_000 }),
		);
		if (!viewer) throw new Error("The session has a minute left.");
		expect(await auth.isStillValid(viewer)).toBe(true);
		world.pass(3_600_000);
		expect(await auth.isStillValid(viewer)).toBe(false);
		world.pass(-3_600_000);
	});
});
