// Longer than other files: one person with everything that can be deleted, and every way in which it is.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toTextParts } from "../../contract/parts.ts";
import { endAbandonedPauses } from "../../quota/index.ts";
import { failure } from "../../testing/auth.ts";
import { startTestParley } from "../../testing/parley.ts";
import { runProgram } from "../../testing/run-program.ts";
import { deleteAccount } from "./delete-account.ts";

let parley: Awaited<ReturnType<typeof startTestParley>>;
let admin: Awaited<ReturnType<typeof parley.signIn>>;
beforeAll(async () => {
	parley = await startTestParley();
	admin = await parley.signIn({ role: "admin" });
});
afterAll(() => parley?.close());

type Person = Awaited<ReturnType<typeof parley.signIn>>;
const send = (person: Person, text: string) =>
	person.client.chat.send.mutate({ clientMessageId: crypto.randomUUID(), text });
const codeOf = (call: Promise<unknown>) =>
	call.then(
		() => "ok",
		(error: { data?: { parley?: { code: string; details: { reason?: string } } } }) =>
			[error.data?.parley?.code, error.data?.parley?.details.reason].filter(Boolean).join(" "),
	);

/** Every row of the database that names this id anywhere, by table. */
async function findRows(id: string): Promise<Record<string, number>> {
	const tables = await parley.db.sql<{ name: string }[]>`
		select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`;
	const found: Record<string, number> = {};
	for (const { name } of tables) {
		const rows = await parley.db.sql`
			select from ${parley.db.sql(name)} as one where to_jsonb(one)::text like ${`%${id}%`}`;
		if (rows.length > 0) found[name] = rows.length;
	}
	return found;
}

async function readMoney(userId: string) {
	const [row] = await parley.db.sql<{ ledger: string; days: string; months: string; held: string }[]>`
		select (select coalesce(sum(amount_nano_usd), 0) from ledger where user_id = ${userId} and account = 'user')::text as ledger,
			(select sum(used_nano_usd) from quota_buckets where key like ${`user:${userId}:day:%`})::text as days,
			(select sum(used_nano_usd) from quota_buckets where key like ${`user:${userId}:month:%`})::text as months,
			(select sum(reserved_nano_usd) from quota_buckets where key like ${`user:${userId}:%`})::text as held`;
	return row;
}

describe("a deleted account", () => {
	it("leaves nothing but money under an id that leads to no person, also while an answer is being written", async () => {
		const person = await parley.signIn();
		await person.follow(await send(person, "[[sim tokens=5]] a secret of mine"));
		const live = await send(person, "[[sim tokens=2000,itl=10,text=words]] go on and on");
		const seen = person.follow(live).then(
			() => "ended",
			() => "cut",
		);
		await expect
			.poll(async () => (await parley.db.sql`select from turn_events where turn_id = ${live.turnId}`).length)
			.toBeGreaterThan(5);
		await admin.client.admin.invites.create.mutate({ email: person.email });

		expect(await person.client.account.delete.mutate({ password: person.password })).toEqual({ ok: true });
		expect(await codeOf(person.client.threads.list.query({}))).toBe("unauthorized");
		expect(["ended", "cut"]).toContain(await seen);
		const rows = await findRows(person.userId);
		expect(Object.keys(rows)).toEqual(["audit_log", "ledger", "model_calls", "quota_buckets"]);
		expect(rows).toMatchObject({ audit_log: 1, ledger: 2, model_calls: 2 });
		const money = await readMoney(person.userId);
		expect(money).toMatchObject({ days: money?.ledger, months: money?.ledger, held: "0" });
		expect(BigInt(money?.ledger ?? 0)).toBeGreaterThan(0n);
		// Nothing comes back, from whichever stream or sweep.
		await new Promise((resolve) => setTimeout(resolve, 2_500));
		expect(await findRows(person.userId)).toEqual(rows);
		for (const { turnId, threadId } of [live]) {
			expect(Object.keys(await findRows(turnId))).toEqual(["ledger", "model_calls"]);
			expect(await findRows(threadId)).toEqual({});
		}
		expect(await findRows(person.email)).toEqual({});
		expect(await findRows("a secret of mine")).toEqual({});
	});

	it("is not resurrected by sends that are under way, which are answered that the session is over", async () => {
		const person = await parley.signIn();
		let isOver = false;
		const codes = new Set<string>();
		const senders = [1, 2, 3].map(async () => {
			while (!isOver) codes.add(await codeOf(send(person, "[[sim tokens=300,itl=5,text=words]] more")));
		});
		await expect
			.poll(async () => (await parley.db.sql`select from turns where user_id = ${person.userId}`).length)
			.toBeGreaterThan(5);
		const deleted = await codeOf(
			admin.client.admin.users.delete.mutate({ userId: person.userId, reason: "asked for it" }),
		);
		expect(deleted).toBe("ok");
		isOver = true;
		await Promise.all(senders);
		expect(["ok", "unauthorized", "budget_exceeded"]).toEqual(expect.arrayContaining([...codes]));
		const { audit_log: _, ...rows } = await findRows(person.userId);
		for (const name of Object.keys(rows)) expect(["ledger", "model_calls", "quota_buckets"]).toContain(name);
		const money = await readMoney(person.userId);
		if (money?.days) expect(money).toMatchObject({ days: money.ledger, months: money.ledger, held: "0" });
	});

	it("stays when the password is wrong, when it is the last administrator's, and when there is no such account", async () => {
		const person = await parley.signIn();
		const { userId } = person;
		expect(await codeOf(person.client.account.delete.mutate({ password: "wrong" }))).toBe(
			"forbidden wrong_password",
		);
		expect(await codeOf(person.client.account.delete.mutate({}))).toBe("forbidden wrong_password");
		expect(await codeOf(admin.client.account.delete.mutate({ password: admin.password }))).toBe(
			"conflict last_administrator",
		);
		expect(await codeOf(person.client.admin.users.delete.mutate({ userId }))).toBe("forbidden");
		expect(await codeOf(admin.client.admin.users.delete.mutate({ userId: crypto.randomUUID() }))).toBe(
			"not_found",
		);
		expect(await parley.db.sql`select from users where id = ${userId}`).toHaveLength(1);
	});

	it("without a password wants a sign-in of the last 15 minutes", async () => {
		const { userId } = await parley.signIn();
		await parley.db.sql`update users set password_hash = null where id = ${userId}`;
		const viewer = await parley.services.auth.findViewer({
			userId,
			sessionEpoch: 1,
			iat: Date.now() / 1_000,
			exp: Date.now() / 1_000 + 60,
			signedInAtMs: Date.now() - 16 * 60_000,
		});
		if (!viewer) throw new Error("The session is good.");
		const { deleteOwnAccount } = parley.services.auth;
		expect(await failure(deleteOwnAccount(viewer, { password: null }))).toBe("forbidden sign_in_again");
		const { signedInAtMs: _, ...old } = viewer;
		expect(await failure(deleteOwnAccount(old, { password: null }))).toBe("forbidden sign_in_again");
		await deleteOwnAccount({ ...viewer, signedInAtMs: Date.now() - 60_000 }, { password: null });
		expect(await parley.db.sql`select from users where id = ${userId}`).toEqual([]);
	});
});

describe("a deletion whose process is killed while it waits for answers to end", () => {
	const setAge = (person: Person, seconds: number) => parley.db.sql`
		update spending_pauses set paused_at = now() - ${seconds} * interval '1 second'
		where scope = ${`user:${person.userId}`}`;
	const leaveBehind = async (ageSeconds: number) => {
		const person = await parley.signIn();
		const deleting = new Promise<void>((resolve) => {
			const endTurns = async () => {
				resolve();
				await new Promise(() => undefined);
			};
			void deleteAccount({ db: parley.db, secret: null, endTurns }, { userId: person.userId, by: null });
		});
		await deleting;
		await setAge(person, ageSeconds);
		return person;
	};
	const isPaused = (person: Person) => codeOf(send(person, "[[sim tokens=2]] hi"));

	it("leaves a pause that ends by itself: the person can go on", async () => {
		const [fresh, old] = [await leaveBehind(0), await leaveBehind(0)];
		expect(await isPaused(old)).toBe("budget_exceeded");
		await setAge(old, 61);
		await expect.poll(() => isPaused(old), { timeout: 20_000 }).toBe("ok");
		expect(await isPaused(fresh)).toBe("budget_exceeded");
	});

	it("takes nothing from an administrator's pause, also of one that came after it", async () => {
		const person = await leaveBehind(61);
		const scope = { kind: "user", id: person.userId } as const;
		const reason = "to be looked at";
		const pause = await admin.client.admin.spending.pause.mutate({ scope, reason });
		expect(pause).toMatchObject({ reason, pausedBy: admin.userId });
		const endTurns = async () => Promise.reject(new Error("storage is away"));
		const again = deleteAccount(
			{ db: parley.db, secret: null, endTurns },
			{ userId: person.userId, by: null },
		);
		await expect(again).rejects.toThrow("storage is away");
		await endAbandonedPauses(parley.db);
		expect(await isPaused(person)).toBe("budget_exceeded");
		expect(await admin.client.admin.spending.resume.mutate({ scope })).toEqual({ wasPaused: true });
		await expect(
			deleteAccount({ db: parley.db, secret: null, endTurns }, { userId: person.userId, by: null }),
		).rejects.toThrow("storage is away");
		expect(await isPaused(person)).toBe("ok");
	});
});

describe("an account that is made again", () => {
	it("goes on with the allowance of the same address, however it is spelt and however often", async () => {
		await parley.db.sql`
			insert into plans (id, requests_per_minute, requests_per_day, concurrent_streams, allowed_tiers)
			values ('three', 100, 3, 10, '{small}')`;
		const { auth } = parley.services;
		const email = "again@example.com";
		const password = "a good long password";
		const ask = async (userId: string) => {
			const turn = { clientMessageId: crypto.randomUUID(), parts: toTextParts("[[sim tokens=2]] hi") };
			return await failure(parley.services.chat.send(userId as never, turn));
		};
		const isIdle = (userId: string) =>
			expect
				.poll(
					async () =>
						(await parley.db.sql`select from turns where user_id = ${userId} and ended_at is null`).length,
				)
				.toBe(0);
		for (const [spelling, answers] of [
			[email, ["no failure", "no failure"]],
			["Again@Example.com", ["no failure", "quota_exceeded"]],
			[email, ["quota_exceeded"]],
		] as const) {
			const { userId } = await auth.createUser({ email: spelling, password, role: "user", plan: "three" });
			for (const answer of answers) {
				expect(await ask(userId)).toBe(answer);
				await isIdle(userId);
			}
			const person = await readMoney(userId);
			// What is carried is in no line of the new account.
			expect(person?.days).toBe(person?.ledger);
			await auth.deleteAccount({ userId, by: null });
		}
		const other = await auth.createUser({
			email: "other@example.com",
			password,
			role: "user",
			plan: "three",
		});
		expect(await ask(other.userId)).toBe("no failure");
		expect(await findRows(email)).toEqual({});
	});
});

describe("the command line", () => {
	it("deletes by e-mail, once, and never the last administrator", async () => {
		const { userId, email } = await parley.signIn();
		const run = (given: string) =>
			runProgram(["user", "delete", "--email", given], { env: { DATABASE_URL: parley.db.url } });
		expect(await run(email)).toMatchObject({ exitCode: 0 });
		expect(await parley.db.sql`select from users where id = ${userId}`).toEqual([]);
		expect(await run(email)).toMatchObject({ exitCode: 1, complaint: `There is no account ${email}\n` });
		expect(await run(admin.email)).toMatchObject({
			exitCode: 1,
			complaint: "This is the last administrator.\n",
		});
	});
});
