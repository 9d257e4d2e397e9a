import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { probe } from "./testing/probe.ts";

const program = fileURLToPath(new URL("./main.ts", import.meta.url));
const run = (...args: string[]) =>
	spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "pipe"] });

async function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
	let text = "";
	for await (const part of stream) {
		text += String(part);
		if (text.includes("\n")) break;
	}
	return text;
}

describe("the program", () => {
	it("says where it listens and ends cleanly on SIGTERM, also in mid-answer", async () => {
		const child = run("--port", "0", "--json", "--ttft", "0");
		const started = JSON.parse(await firstLine(child.stdout));
		expect(started.url).toBe(`http://127.0.0.1:${started.port}`);
		const body = { model: "sim:fault=stall@2", messages: [{ role: "user", content: "Hi" }], stream: true };
		const held = probe({ url: started.url, body });
		await expect
			.poll(async () => JSON.parse((await probe({ url: started.url, path: "/sim/stats" })).text).active)
			.toBe(1);
		const closed = once(child, "exit");
		child.kill("SIGTERM");
		expect(await closed).toEqual([0, null]);
		expect((await held).ending).not.toBe("end");
	});

	it("counts prompts as OpenAI does when asked to", async () => {
		const child = run("--port", "0", "--json", "--ttft", "0", "--tokenizer", "published");
		const { url } = JSON.parse(await firstLine(child.stdout));
		const messages = [
			{ role: "system", content: "Be brief." },
			{ role: "user", content: "Incomprehensibilities of penny whistles" },
		];
		const answer = await probe({ url, body: { model: "sim-small", messages } });
		// 3 tokens and 8 tokens by the published encoding, 4 for each message and 3 for the beginning of the answer.
		expect(JSON.parse(answer.text).usage.prompt_tokens).toBe(3 + 8 + 2 * 4 + 3);
		const closed = once(child, "exit");
		child.kill("SIGTERM");
		await closed;
	});

	it("refuses settings that it does not understand", async () => {
		const child = run("--sim", "colour=red");
		const closed = once(child, "exit");
		expect(await firstLine(child.stderr)).toContain('unknown key "colour"');
		expect(await closed).toEqual([78, null]);
	});
});
