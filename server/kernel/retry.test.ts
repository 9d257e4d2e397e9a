import { describe, expect, it } from "vitest";
import { retry } from "./retry.ts";

describe("retry", () => {
	it("returns the result of the first run that succeeds", async () => {
		let tries = 0;
		const run = async () => {
			tries += 1;
			if (tries < 3) throw new Error(`try ${tries}`);
			return "done";
		};
		expect(await retry(run, { forMs: 1_000, everyMs: 1 })).toBe("done");
		expect(tries).toBe(3);
	});

	it("throws the error of the last run when the time is over", async () => {
		let tries = 0;
		const run = async () => {
			tries += 1;
			throw new Error(`try ${tries}`);
		};
		await expect(retry(run, { forMs: 20, everyMs: 1 })).rejects.toThrow(/^try [2-9]|^try \d\d/);
	});
});
