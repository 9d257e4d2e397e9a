/**
 * `npm run test:live`: a few real calls to every provider that has a key, through the product, for a stated price at most.
 * Ends with "N passed, N failed"; a provider without a key is a line that says so, and no failure.
 */
import { parseArgs } from "node:util";
import {
	loadSettings,
	type Settings,
	SettingsError,
	settingsExitCode,
} from "../../../server/settings/index.ts";
import { parseUsd, toUsd } from "../kit/money/usd.ts";
import { checks, type Result, runCheck } from "./checks.ts";
import { builtInKeys, chooseModels } from "./providers.ts";
import { type Stage, startStage } from "./stage.ts";

const { values } = parseArgs({
	options: {
		"cap-usd": { type: "string", default: "0.05" },
		provider: { type: "string" },
		"filter-prompt": { type: "string" },
		json: { type: "boolean", default: false },
	},
});

interface Line extends Result {
	readonly provider: string;
	readonly model: string | null;
}

/** The providers that these settings name, and what those that they do not name would need. */
function listProviders({ providers, config }: Settings): { id: string; missing: string | null }[] {
	const { openaiApiKey, openaiBaseUrl, anthropicApiKey, googleApiKey, ollamaBaseUrl } = providers;
	const given = {
		openai: openaiApiKey ?? openaiBaseUrl,
		anthropic: anthropicApiKey,
		google: googleApiKey,
		ollama: ollamaBaseUrl,
	};
	const configured = config.providers.map(({ id }) => id);
	const builtIn = Object.entries(builtInKeys).filter(([id]) => !configured.includes(id));
	return [
		...configured.map((id) => ({ id, missing: null })),
		...builtIn.map(([id, needs]) => ({ id, missing: given[id as keyof typeof given] ? null : needs })),
	].filter(({ id }) => values.provider === undefined || values.provider === id);
}

async function main(): Promise<number> {
	const capNanoUsd = parseUsd("cap-usd", values["cap-usd"]);
	const settings = loadSettings();
	const providers = listProviders(settings);
	const lines: Line[] = providers.flatMap(({ id, missing }) =>
		missing === null ? [] : [toLine(id, `skipped: ${missing} is not set`)],
	);
	for (const line of lines) say(line);
	const asked = providers.filter(({ missing }) => missing === null);
	let spentNanoUsd = 0n;
	if (asked.length > 0) {
		const stage = await startStage(settings, capNanoUsd);
		try {
			for (const { id } of asked) lines.push(...(await checkProvider(id, stage)));
			spentNanoUsd = await stage.readSpent();
		} finally {
			await stage.close();
		}
	}
	return conclude(lines, { capNanoUsd, spentNanoUsd });
}

async function checkProvider(provider: string, stage: Stage): Promise<Line[]> {
	const [model] = chooseModels(stage.services.models.list(), { provider });
	if (!model) {
		const line: Line = { ...toLine(provider, "it lists no model"), outcome: "failed" };
		say(line);
		return [line];
	}
	const filterPrompt = values["filter-prompt"] || null;
	const lines: Line[] = [];
	for (const check of Object.keys(checks)) {
		const result = await runCheck(check, { stage, model, filterPrompt });
		lines.push({ provider, model: model.id, ...result });
		say({ provider, model: model.id, ...result });
	}
	return lines;
}

function conclude(lines: readonly Line[], money: { capNanoUsd: bigint; spentNanoUsd: bigint }): number {
	const count = (outcome: Line["outcome"]) => lines.filter((line) => line.outcome === outcome).length;
	const isOver = money.spentNanoUsd > money.capNanoUsd;
	const [passed, failed, skipped] = [count("passed"), count("failed") + Number(isOver), count("skipped")];
	const [spentUsd, capUsd] = [toUsd(money.spentNanoUsd), toUsd(money.capNanoUsd)];
	process.stdout.write(
		values.json
			? `${JSON.stringify({ lines, passed, failed, skipped, spentUsd, capUsd })}\n`
			: `\nspent $${spentUsd} of $${capUsd} at most, ${skipped} skipped\n${passed} passed, ${failed} failed\n`,
	);
	return failed > 0 ? 1 : 0;
}

const toLine = (provider: string, words: string): Line => ({
	provider,
	model: null,
	check: "all",
	outcome: "skipped",
	words,
});

function say({ provider, model, check, outcome, words }: Line): void {
	if (values.json) return;
	const mark = { passed: "✓", failed: "✗", skipped: "-" }[outcome];
	process.stdout.write(`${mark} ${provider}${model ? ` ${model}` : ""} ${check}: ${words}\n`);
}

try {
	process.exitCode = await main();
} catch (error) {
	const words = error instanceof SettingsError ? error.mistakes.join("\n  ") : String(error);
	process.stderr.write(`test:live: ${words}\n`);
	process.exitCode = error instanceof SettingsError ? settingsExitCode : 1;
}
