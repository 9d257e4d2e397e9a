import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { Goal } from "./goal.ts";
import { type Started, startProcess } from "./proc.ts";
import { type Person, signIn } from "./sign-in.ts";
import { projectDir } from "./targets.ts";

/** Seconds on 2 cores; the download of the packages is part of it unless npm has them in its cache. */
const goalSeconds = 240;
const giveUpMs = 900_000;

/** From `git clone` of what is committed, through the one command and a sign-in, to the first words of an answer. */
export async function measureClone(input: { readonly folder: string; readonly port: number }): Promise<Goal> {
	const cwd = join(input.folder, "clone");
	const url = `http://127.0.0.1:${input.port}`;
	const settings = { PORT: String(input.port), HOST: "127.0.0.1", PARLEY_PUBLIC_URL: url };
	const startedAtMs = performance.now();
	const toSeconds = () => (performance.now() - startedAtMs) / 1_000;
	execFileSync("git", ["clone", "--quiet", projectDir, cwd], { stdio: ["ignore", "ignore", "inherit"] });
	let server: Started | null = null;
	try {
		server = await startProcess({
			cwd,
			env: settings,
			command: [process.execPath, "scripts/start.mjs"],
			logFile: join(input.folder, "clone.log"),
			readyUrl: `${url}/api/health/ready`,
			startTimeoutMs: giveUpMs,
		});
		const readyAfter = toSeconds();
		await readFirstWords(url, await signIn(url, createPerson(cwd, settings)));
		const measured = Math.round(toSeconds());
		const what = "a fresh clone to the first streamed answer";
		const detail = `ready after ${readyAfter.toFixed(0)} s`;
		return { what, measured, goal: goalSeconds, unit: " s", isReached: measured <= goalSeconds, detail };
	} finally {
		await server?.end();
	}
}

function createPerson(cwd: string, settings: Record<string, string>) {
	const credentials = { email: "first@example.com", password: "a long password of the bench" };
	const options = ["--email", credentials.email, "--password", credentials.password, "--role", "user"];
	const { DATABASE_URL: _, ...env } = { ...process.env, ...settings };
	execFileSync("npm", ["run", "-s", "parley", "--", "user", "create", ...options], {
		cwd,
		env: env as NodeJS.ProcessEnv,
		stdio: ["ignore", "ignore", "inherit"],
	});
	return credentials;
}

/** The built-in test model answers: a fresh clone has no keys. */
async function readFirstWords(url: string, person: Person): Promise<void> {
	const headers = { ...person.headers, "content-type": "application/json" };
	const body = JSON.stringify({ clientMessageId: crypto.randomUUID(), text: "Hello" });
	const sent = await fetch(`${url}/api/trpc/chat.send`, { method: "POST", headers, body });
	const { turnId } = (await sent.json()).result.data;
	const query = encodeURIComponent(JSON.stringify({ turnId }));
	const signal = AbortSignal.timeout(30_000);
	const answer = await fetch(`${url}/api/trpc/chat.follow?input=${query}`, { headers, signal });
	let text = "";
	for await (const chunk of answer.body ?? []) {
		text += new TextDecoder().decode(chunk);
		if (text.includes('"text-delta"')) return;
	}
	throw new Error(`The answer has no words: ${text.slice(0, 300)}`);
}
