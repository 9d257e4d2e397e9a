import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import * as z from "zod";
import { priceTable } from "./requests/invoice.ts";
import { startUpstream, type UpstreamInput } from "./start-upstream.ts";

const help = `Simulates a model provider: OpenAI's API with recorded answers and every fault of a provider.

  npm run upstream -- [--port 4100] [--host 127.0.0.1] [--tps 80] [--ttft 300] [--json]
                      [--recordings FILE.jsonl ...] [--prices FILE.json] [--sim key=value,...] [--seed 1]
                      [--tokenizer characters|published]

  POST /v1/chat/completions, /v1/responses, /v1/messages, /v1/embeddings   GET /v1/models
  GET  /sim/faults, /sim/requests?since=&bodies=1, /sim/stats, /sim/invoice   POST /sim/reset, /sim/refuse?ms=

A request selects its behaviour by the header "x-sim: key=value,...", by a model named "sim:key=value,...", or by
[[sim key=value,...]] in the last user message; the first of these that sets a key wins.
  ttft, itl (ms), tps   speed                     tokens=N   exactly N tokens
  text=recorded|marks|md|words|echo, say=TEXT     pieces=grapheme|codepoint|unit
  reasoning=N tokens                              window=N   more tokens of prompt and max_tokens are refused
  cache=on              prompts are kept by the rules of OpenAI (from 1,024 tokens, in steps of 128, for 5 minutes); Anthropic's
                        always are, up to their marks
  cached=N, written=N, written1h=N tokens of the prompt that a cache gave or keeps (written1h of written)
  fault=NAME[@N]        see /sim/faults           times=K    only the first K requests of the counter fail
  p=0.1  probability    key=NAME  the counter     retry=S    seconds that a refusal asks to wait
`;

function readSettings(args: string[]): { readonly input: UpstreamInput; readonly isJson: boolean } | null {
	const { values, positionals } = parseArgs({
		args,
		allowPositionals: true,
		options: {
			port: { type: "string", default: "4100" },
			host: { type: "string", default: "127.0.0.1" },
			tps: { type: "string", default: "80" },
			ttft: { type: "string", default: "300" },
			recordings: { type: "string", multiple: true, default: [] },
			prices: { type: "string" },
			sim: { type: "string", default: "" },
			seed: { type: "string", default: "1" },
			tokenizer: { type: "string", default: "characters" },
			json: { type: "boolean", default: false },
			help: { type: "boolean", default: false },
		},
	});
	if (values.help) return null;
	const prices =
		values.prices === undefined
			? undefined
			: priceTable.parse(JSON.parse(readFileSync(values.prices, "utf8")));
	const input = {
		port: z.coerce.number().int().min(0).max(65_535).parse(values.port),
		host: values.host,
		// More files may follow the first one without repeating the option.
		recordings: [...values.recordings, ...positionals],
		prices,
		sim: `ttft=${values.ttft},tps=${values.tps},${values.sim}`,
		seed: z.coerce.number().int().parse(values.seed),
		tokenizer: z.enum(["characters", "published"]).parse(values.tokenizer),
	};
	return { input, isJson: values.json };
}

async function main(): Promise<void> {
	const settings = readSettings(process.argv.slice(2));
	if (settings === null) return void process.stdout.write(help);
	const upstream = await startUpstream(settings.input);
	const { url, port } = upstream;
	process.stdout.write(
		settings.isJson
			? `${JSON.stringify({ url, port, pid: process.pid })}\n`
			: `upstream simulator on ${url}/v1\n`,
	);
	for (const signal of ["SIGTERM", "SIGINT"] as const) {
		process.once(signal, () => void upstream.close().then(() => process.exit(0)));
	}
}

main().catch((error: unknown) => {
	process.stderr.write(`upstream: ${error instanceof Error ? error.message : String(error)}\n`);
	process.exit(78);
});
