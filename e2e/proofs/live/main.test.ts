import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { startUpstream, type Upstream } from "../../../server/simulator/index.ts";

let upstream: Upstream | null = null;
afterEach(async () => {
	await upstream?.close();
	upstream = null;
});

/** Runs the command as a person does; nothing of this machine's settings goes along. */
async function runLive(env: Record<string, string>, ...words: string[]) {
	const child = spawn(process.execPath, ["e2e/proofs/live/main.ts", ...words], {
		env: { PATH: process.env.PATH, NODE_ENV: "test", NODE_NO_WARNINGS: "1", ...env },
	});
	const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
	const [output, complaint, code] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
	return { output, complaint, code };
}

/** The simulator in the place of OpenAI. */
async function withSimulator(sim: string) {
	upstream = await startUpstream({ sim });
	return { OPENAI_BASE_URL: `${upstream.url}/v1`, OPENAI_API_KEY: "sk-of-the-test" };
}

const toOutcomes = (output: string) =>
	JSON.parse(output).lines.map((line: { provider: string; check: string; outcome: string }) =>
		[line.provider, line.check, line.outcome].join(" "),
	);

describe("the live checks", () => {
	it("say which provider they left out for want of a key, and that is no failure", async () => {
		const { output, code } = await runLive({});
		expect(code).toBe(0);
		expect(output).toContain("- anthropic all: skipped: ANTHROPIC_API_KEY is not set\n");
		expect(output.match(/ is not set\n/g)).toHaveLength(4);
		expect(output).toMatch(/\n0 passed, 0 failed\n$/);
	});

	it("stream, stop, meet the filter and compare the books, one call each, below the cap", async () => {
		const env = await withSimulator("ttft=20,itl=10");
		const filterPrompt = "--filter-prompt=[[sim fault=filter-request]] x";
		const { output, complaint, code } = await runLive(env, "--json", filterPrompt, "--provider=openai");
		expect(complaint).toBe("");
		expect(toOutcomes(output)).toEqual([
			"openai stream passed",
			"openai stop passed",
			"openai filter passed",
			"openai tools skipped",
		]);
		expect(code).toBe(0);
		const { spentUsd, capUsd } = JSON.parse(output);
		expect(Number(spentUsd)).toBeGreaterThan(0);
		expect(Number(spentUsd)).toBeLessThanOrEqual(Number(capUsd));
		expect(upstream?.requests().map(({ outcome }) => outcome)).toEqual([
			"completed",
			"aborted_by_client",
			"faulted",
		]);
	});

	it("send nothing that could cost more than the cap", async () => {
		const env = await withSimulator("ttft=0");
		const { output, code } = await runLive(env, "--json", "--cap-usd=0.0000001", "--provider=openai");
		expect(toOutcomes(output)).toEqual([
			"openai stream skipped",
			"openai stop skipped",
			"openai filter skipped",
			"openai tools skipped",
		]);
		expect(output).toContain("not sent: it could cost more than the cap leaves");
		expect(upstream?.requests()).toEqual([]);
		expect(code).toBe(0);
	});

	it("fail with words when the provider does", async () => {
		const env = await withSimulator("fault=401");
		const { output, code } = await runLive(env, "--provider=openai");
		expect(output).toMatch(/✗ openai sim-\w+ stream: it ended as failed \(provider_unavailable\)/);
		expect(output).toMatch(/\n0 passed, 2 failed\n$/);
		expect(code).toBe(1);
	});

	it("refuse a cap that is no amount", async () => {
		const { complaint, code } = await runLive({}, "--cap-usd=much");
		expect(complaint).toContain("--cap-usd must be a decimal number of US dollars");
		expect(code).toBe(1);
	});
});
