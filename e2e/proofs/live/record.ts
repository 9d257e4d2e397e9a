/**
 * `npm run record`: asks real models and keeps what came back, byte by byte and with its timing, as cassettes that the
 * simulator replays (`npm run upstream -- --recordings FILE`). Nothing that names an account goes along; read a cassette
 * before you publish it all the same.
 */
import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { createConnectionPool } from "../../../server/models/http/connection-pool.ts";
import { createHttpFetch } from "../../../server/models/http/http-fetch.ts";
import { createModels } from "../../../server/models/index.ts";
import { loadSettings, SettingsError, settingsExitCode } from "../../../server/settings/index.ts";
import { chooseModels, listSecrets } from "./providers.ts";
import { recordAnswer } from "./record-answer.ts";
import { createTape } from "./tape.ts";

const { values } = parseArgs({
	options: {
		provider: { type: "string" },
		model: { type: "string" },
		prompt: {
			type: "string",
			default: "Compare three ways to boil an egg in a short table, then say which you like.",
		},
		"max-tokens": { type: "string", default: "400" },
		out: { type: "string", default: "data/cassettes.jsonl" },
		json: { type: "boolean", default: false },
	},
});

async function main(): Promise<number> {
	const settings = loadSettings();
	const pool = createConnectionPool();
	const tape = createTape(createHttpFetch(pool));
	const models = await createModels({ settings, fetch: tape.fetch });
	const chosen = chooseModels(models.list(), values);
	if (chosen.length === 0) {
		process.stderr.write("record: no such model, or its provider has no key (see .env.example).\n");
		return 1;
	}
	let failed = 0;
	mkdirSync(dirname(values.out), { recursive: true });
	for (const model of chosen) {
		try {
			const asked = { model, prompt: values.prompt, maxOutputTokens: Number(values["max-tokens"]) };
			const line = await recordAnswer({ ...asked, secrets: listSecrets(settings) }, { models, tape });
			appendFileSync(values.out, `${JSON.stringify(line)}\n`);
			say(model.id, line.cassettes[model.providerModelId]);
		} catch (error) {
			failed += 1;
			process.stderr.write(`record: ${error instanceof Error ? error.message : String(error)}\n`);
		}
	}
	await models.close();
	pool.close();
	return failed > 0 ? 1 : 0;
}

function say(
	model: string,
	cassette: Awaited<ReturnType<typeof recordAnswer>>["cassettes"][string] | undefined,
) {
	if (!cassette) return;
	const { status, chunks, usage, ending } = cassette;
	const bytes = chunks.reduce((sum, [, length]) => sum + length, 0);
	const took = { model, status, bytes, chunks: chunks.length, ms: chunks.at(-1)?.[0] ?? 0, ending, usage };
	process.stdout.write(
		values.json
			? `${JSON.stringify({ ...took, out: values.out })}\n`
			: `${model}: HTTP ${status}, ${bytes} bytes in ${took.chunks} chunks and ${took.ms} ms (${ending}) -> ${values.out}\n`,
	);
}

try {
	process.exitCode = await main();
} catch (error) {
	const mistakes = error instanceof SettingsError ? error.mistakes.join("\n  ") : String(error);
	process.stderr.write(`record: ${mistakes}\n`);
	process.exitCode = error instanceof SettingsError ? settingsExitCode : 1;
}
