import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { connectDatabase, createNotices, migrateDatabase } from "../db/index.ts";
import { startEmbeddedDatabase } from "../embedded-postgres/index.ts";
import {
	expectNoLeak,
	expectWhole,
	openStage,
	poolMax,
	recoveryMsMax,
	type Stage,
	timed,
	untilStored,
	words,
} from "../testing/storage-stage.ts";

/** What a person waits for a typed answer at most while storage is out of reach: about 10 s. */
const answerMsMax = 11_000;
/** How a call may end meanwhile: it worked, storage did not answer it, or too many of this person's reads wait already. */
const typedEnds = ["ok", "storage_unavailable", "rate_limited"];

let stage: Stage;
beforeAll(async () => {
	stage = await openStage();
});
afterEach(() => stage?.calm());
afterAll(() => stage?.close());

/** What the simulator answers to this, while nothing fails. */
const answerTo = async (text: string) => (await stage.read((await stage.send(text)).turnId)).text;
const listThreads = () => stage.person.client.threads.list.query({});

describe("storage that is away before a message is sent", () => {
	it("is a typed error at once and nothing half-written; the same message later is one message and one turn", async () => {
		const { db, parley, send, read, stop, calm } = stage;
		await answerTo(words(2, 1));
		const count = () => db.sql`select (select count(*) from threads) as threads,
			(select count(*) from messages) as messages, (select count(*) from turns) as turns`;
		const before = await count();
		const asked = parley.upstream.requests().length;
		stop();
		const key = crypto.randomUUID();
		for (let attempt = 0; attempt < 3; attempt++) {
			const { code, tookMs } = await timed(send(words(3, 1), key));
			expect(code).toBe("storage_unavailable");
			expect(tookMs).toBeLessThan(2_000);
		}
		expect(await count()).toEqual(before);
		calm();
		const sent = await untilStored(() => send(words(3, 1), key));
		expect(await send(words(3, 1), key)).toEqual(sent);
		expect((await read(sent.turnId)).events.at(-1)).toMatchObject({ status: "complete" });
		expect(await db.sql`select role from messages where thread_id = ${sent.threadId} order by id`).toEqual([
			{ role: "user" },
			{ role: "assistant" },
		]);
		expect(parley.upstream.requests()).toHaveLength(asked + 1);
	});
});

describe("storage that goes away in mid-stream", () => {
	it("cut and refused for 2 s: the turn goes on, and its reader gets every character once", async () => {
		const text = await answerTo(words(60, 1));
		const { turnId, threadId } = await stage.send(words(60, 50));
		const reading = stage.read(turnId);
		await sleep(700);
		stage.stop();
		await sleep(2_000);
		stage.calm();
		await untilStored(listThreads);
		await expectWhole(stage, { threadId, turn: await reading, text });
		await expectNoLeak(stage);
	});

	it("its backends terminated again and again under 20 streams: all end whole, no message is lost", async () => {
		const text = await answerTo(words(40, 1));
		let isOver = false;
		const terminating = (async () => {
			for (; !isOver; await sleep(100)) await stage.terminateBackends();
		})();
		const turns = Array.from({ length: 20 }, async () => {
			const key = crypto.randomUUID();
			const { turnId, threadId } = await untilStored(() => stage.send(words(40, 50), key), 20_000);
			return { threadId, turn: await stage.read(turnId) };
		});
		await sleep(3_000);
		isOver = true;
		await terminating;
		for (const { threadId, turn } of await Promise.all(turns))
			await expectWhole(stage, { threadId, turn, text });
		await expectNoLeak(stage);
	}, 40_000);

	it("notices of other processes are heard again, and the gap is known", async () => {
		const other = await createNotices(stage.db, "another process");
		const heard = { notices: 0, gaps: 0 };
		const pool = stage.connectThrough();
		const notices = await createNotices(pool, "this process");
		notices.on("topic", () => heard.notices++);
		notices.onGap(() => heard.gaps++);
		stage.stop();
		await sleep(1_000);
		stage.calm();
		await expect.poll(() => heard.gaps, { timeout: recoveryMsMax }).toBe(1);
		other.send("topic", null);
		await expect.poll(() => heard.notices, { timeout: recoveryMsMax }).toBe(1);
		await Promise.all([other.close(), notices.close()]);
		await pool.drop();
	});

	it("a real server that is shut down and started again: the turn goes on", async () => {
		const dataDir = await mkdtemp(join(tmpdir(), "parley-restart-"));
		await using stack = new AsyncDisposableStack();
		stack.defer(() => rm(dataDir, { recursive: true, force: true }));
		const embedded = await startEmbeddedDatabase({ dataDir });
		stack.defer(embedded.stop);
		const db = connectDatabase({ url: embedded.url, poolMax: 2, applicationName: "past all faults" });
		stack.defer(db.close);
		await migrateDatabase(db);
		const own = await openStage({ ...db, url: embedded.url, directUrl: null, drop: db.close });
		stack.defer(own.close);
		const text = (await own.read((await own.send(words(60, 1))).turnId)).text;
		const { turnId, threadId } = await own.send(words(60, 50));
		const reading = own.read(turnId);
		await sleep(700);
		// A fast shutdown, as by an operator; the one who keeps the embedded database starts it again.
		const [pid] = (await readFile(join(dataDir, "pg", "postmaster.pid"), "utf8")).split("\n");
		process.kill(Number(pid), "SIGINT");
		await expectWhole(own, { threadId, turn: await reading, text });
	}, 40_000);
});

describe("storage that nothing comes back from", () => {
	it("for 8 s: calls end typed, the turn goes on, the pool is used again within 5 s and leaks nothing", async () => {
		const text = await answerTo(words(60, 1));
		const { turnId, threadId } = await stage.send(words(60, 50));
		const reading = stage.read(turnId);
		await sleep(700);
		stage.proxy.set({ isBlackHole: true });
		const key = crypto.randomUUID();
		const calls = [timed(listThreads()), timed(stage.send(words(3, 1), key))];
		const samples: number[] = [];
		for (let second = 0; second < 8; second++) {
			await sleep(1_000);
			calls.push(timed(listThreads()));
			samples.push((await stage.countConnections()).all);
		}
		stage.calm();
		const backAt = performance.now();
		await untilStored(() => stage.send(words(3, 1), key));
		expect(performance.now() - backAt).toBeLessThan(recoveryMsMax);
		for (const { code, tookMs } of await Promise.all(calls)) {
			expect(typedEnds).toContain(code);
			expect(tookMs).toBeLessThan(answerMsMax);
		}
		expect(Math.max(...samples)).toBeLessThanOrEqual(poolMax + 1);
		await expectWhole(stage, { threadId, turn: await reading, text });
		await expectNoLeak(stage);
	}, 40_000);

	it("for 14 s under 40 calls a second: none waits for ever, none piles up, the turn has one end", async () => {
		const { turnId, threadId } = await stage.send(words(100, 50));
		await sleep(700);
		stage.proxy.set({ isBlackHole: true });
		const calls: ReturnType<typeof timed>[] = [];
		for (const until = performance.now() + 14_000; performance.now() < until; await sleep(25))
			calls.push(timed(listThreads()));
		stage.calm();
		const backAt = performance.now();
		await untilStored(() => stage.send(words(3, 1)));
		expect(performance.now() - backAt).toBeLessThan(recoveryMsMax);
		const ended = await Promise.all(calls);
		for (const { code } of ended) expect(typedEnds).toContain(code);
		expect(ended.map(({ code }) => code)).toContain("storage_unavailable");
		expect(Math.max(...ended.map(({ tookMs }) => tookMs))).toBeLessThan(answerMsMax);
		const { events, text } = await stage.read(turnId);
		expect(events.filter(({ type }) => type === "turn-end")).toHaveLength(1);
		expect(text).not.toBe("");
		const stored = await stage.db.sql`select text from messages where thread_id = ${threadId} order by id`;
		expect(stored.at(-1)?.text).toBe(text);
		await expectNoLeak(stage);
	}, 60_000);
});

describe("storage that is slow, full or busy", () => {
	it("200 ms away in each direction: a turn still works", async () => {
		stage.proxy.set({ delayMs: 200 });
		const { turnId, threadId } = await untilStored(() => stage.send(words(20, 20)));
		const turn = await stage.read(turnId);
		stage.calm();
		await expectWhole(stage, { threadId, turn, text: await answerTo(words(20, 1)) });
	});

	it("a lock held on the thread: a typed error after 2 s, and the same message works when it is gone", async () => {
		const { threadId, turnId } = await stage.send(words(2, 1));
		await stage.read(turnId);
		const held = await stage.db.sql.reserve();
		await held`begin`;
		await held`select from threads where id = ${threadId} for update`;
		const key = crypto.randomUUID();
		expect(await timed(stage.send(words(2, 1), key, threadId))).toMatchObject({
			code: "storage_unavailable",
		});
		await held`rollback`;
		held.release();
		await stage.read((await stage.send(words(2, 1), key, threadId)).turnId);
	});

	it.each([
		["a deadlock", "40P01"],
		["a serialization failure", "40001"],
		["a full disk", "53100"],
		["no memory", "53200"],
		["no connection left", "53300"],
	])("%s: a typed error, and the same message works afterwards", async (_, code) => {
		const { sql } = stage.db;
		await sql.unsafe(`create function fail() returns trigger language plpgsql as
			$$ begin raise exception 'no' using errcode = '${code}'; end $$`);
		await sql`create trigger fail before insert on messages execute function fail()`;
		const key = crypto.randomUUID();
		expect(await timed(stage.send(words(2, 1), key))).toMatchObject({ code: "storage_unavailable" });
		await sql`drop function fail cascade`;
		await stage.read((await stage.send(words(2, 1), key)).turnId);
	});
});
