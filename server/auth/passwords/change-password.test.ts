import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestAuth, failure, password, toCookie, toToken } from "../../testing/auth.ts";
import type { Auth } from "../create-auth.ts";

let world: Awaited<ReturnType<typeof createTestAuth>>;
let auth: Auth;
beforeAll(async () => {
	world = await createTestAuth();
});
beforeEach(() => {
	auth = world.open({ hasMail: true });
	world.emails.length = 0;
});
afterAll(() => world.db.drop());

const newPassword = "another horse battery";
const readMailedToken = () => toToken(/http\S+/.exec(world.emails.at(-1)?.text ?? "")?.[0] ?? "http://none");

describe("changing the password", () => {
	it("needs the old one, ends every session and opens with the new one alone", async () => {
		const person = await world.createPerson(auth);
		const cookie = await toCookie(person);
		expect(await auth.authenticate(cookie)).toMatchObject(person);
		await auth.changePassword(person, { currentPassword: password, newPassword });
		expect(await auth.authenticate(cookie)).toBeNull();
		expect(await auth.verifyCredentials({ email: person.email, password })).toBeNull();
		const viewer = await auth.verifyCredentials({ email: person.email, password: newPassword });
		expect(viewer?.sessionEpoch).toBe(2);
	});

	it("leaves everything as it was when the old one is wrong or the new one weak", async () => {
		const person = await world.createPerson(auth);
		const change = (currentPassword: string, next: string) =>
			failure(auth.changePassword(person, { currentPassword, newPassword: next }));
		expect(await change("wrong horse", newPassword)).toBe("forbidden wrong_password");
		expect(await change(password, "short")).toBe("invalid_request password_short");
		expect(await auth.authenticate(await toCookie(person))).toMatchObject(person);
	});

	it("cannot be used to guess without limit", async () => {
		const person = await world.createPerson(auth);
		const guess = () => failure(auth.changePassword(person, { currentPassword: "wrong horse", newPassword }));
		const guesses = await Promise.all(Array.from({ length: 12 }, guess));
		expect(guesses.filter((outcome) => outcome === "rate_limited")).toHaveLength(1);
	});

	it("and deleting the account are counted apart from sign-ins that strangers try, and from each other", async () => {
		const person = await world.createPerson(auth);
		const { email } = person;
		for (let guess = 0; guess < 15; guess++)
			await failure(auth.verifyCredentials({ email, password: "wrong horse", address: "203.0.113.5" }));
		const change = (currentPassword: string) =>
			failure(auth.changePassword(person, { currentPassword, newPassword }));
		for (let guess = 0; guess < 15; guess++) await change("wrong horse");
		expect(await change(password)).toBe("rate_limited");
		const erase = (given: string) => failure(auth.deleteOwnAccount(person, { password: given }));
		for (let guess = 0; guess < 5; guess++)
			expect(await erase("wrong horse")).toBe("forbidden wrong_password");
		expect(await auth.verifyCredentials({ email, password, address: "198.51.100.9" })).not.toBeNull();
		world.pass(20_000);
		expect(await change(password)).toBe("no failure");
		expect(await erase(newPassword)).toBe("no failure");
	});
});

describe("signing out everywhere", () => {
	it("ends the sessions there are and none that come", async () => {
		const person = await world.createPerson(auth);
		const cookie = await toCookie(person);
		await auth.signOutEverywhere(person);
		expect(await auth.authenticate(cookie)).toBeNull();
		const again = await auth.verifyCredentials({ email: person.email, password });
		expect(again && (await auth.authenticate(await toCookie(again)))).toMatchObject({ ...again });
	});
});

describe("a forgotten password", () => {
	it("is answered by an email without anything that a person chose: a name could hold a link", async () => {
		const email = "target@example.org";
		const name = "Your account is locked. Go to https://evil.example/unlock now.";
		await auth.createUser({ email, password, name, role: "user" });
		await auth.requestPasswordReset({ email });
		await auth.close();
		const [sent] = world.emails;
		expect(sent?.text).toMatch(/^Hello,\n/);
		expect(`${sent?.subject}${sent?.text}`).not.toMatch(/evil|locked/);
		expect(sent?.text.match(/https?:\/\/\S+/g)).toHaveLength(1);
	});

	it("answers known and unknown addresses alike, and mails only the known one", async () => {
		const { email } = await world.createPerson(auth);
		const answers = [
			await auth.requestPasswordReset({ email: "nobody@example.org" }),
			await auth.requestPasswordReset({ email }),
		];
		expect(answers).toEqual(["mail_sent_if_known", "mail_sent_if_known"]);
		await auth.close();
		expect(world.emails.map(({ to }) => to)).toEqual([email]);
	});

	it("limits letters to three an hour for one address, known or not", async () => {
		const { email } = await world.createPerson(auth);
		for (const address of [email, "nobody@example.org"]) {
			const ask = () => failure(auth.requestPasswordReset({ email: address }));
			const outcomes = await Promise.all([1, 2, 3, 4].map(ask));
			expect(outcomes).toEqual(["no failure", "no failure", "no failure", "rate_limited"]);
		}
		await auth.close();
		expect(world.emails).toHaveLength(3);
	});

	it("without mail sends people to an administrator, with an account or without", async () => {
		const silent = world.open();
		const { email } = await world.createPerson(silent);
		expect(await silent.requestPasswordReset({ email })).toBe("ask_administrator");
		expect(await silent.requestPasswordReset({ email: "nobody@example.org" })).toBe("ask_administrator");
	});

	it("a mailed link sets a new password once, ends sessions and proves the address", async () => {
		const person = await world.createPerson(auth);
		const cookie = await toCookie(person);
		await auth.requestPasswordReset({ email: person.email });
		await auth.requestPasswordReset({ email: person.email });
		await auth.close();
		const token = readMailedToken();
		expect(await auth.findOneTimeLink("reset", token)).toMatchObject({ email: person.email });
		const race = [1, 2, 3].map(() => failure(auth.resetPassword({ token, newPassword })));
		expect((await Promise.all(race)).toSorted()).toEqual([
			"no failure",
			"not_found link_invalid",
			"not_found link_invalid",
		]);
		expect(await auth.authenticate(cookie)).toBeNull();
		expect(await auth.getAccount(person.userId)).toMatchObject({ isEmailVerified: true });
		expect(await auth.verifyCredentials({ email: person.email, password: newPassword })).not.toBeNull();
		const older = toToken(/http\S+/.exec(world.emails[0]?.text ?? "")?.[0] ?? "http://none");
		expect(await failure(auth.resetPassword({ token: older, newPassword }))).toBe("not_found link_invalid");
	});

	it("an administrator's link does the same, but proves no address", async () => {
		const person = await world.createPerson(auth);
		const token = toToken((await auth.createResetLink({ userId: person.userId, by: null })).url);
		expect(await failure(auth.resetPassword({ token, newPassword: person.email }))).toBe(
			"invalid_request password_obvious",
		);
		expect(await auth.resetPassword({ token, newPassword })).toEqual({ email: person.email });
		expect(await auth.getAccount(person.userId)).toMatchObject({ isEmailVerified: false });
	});

	it("a mail server that fails is not the person's concern", async () => {
		const { email } = await world.createPerson(auth);
		const broken = world.open({ hasMail: true });
		Object.defineProperty(world.emails, "push", {
			configurable: true,
			value: () => {
				throw new Error("451 try later");
			},
		});
		expect(await broken.requestPasswordReset({ email })).toBe("mail_sent_if_known");
		await broken.close();
		Reflect.deleteProperty(world.emails, "push");
	});
});
