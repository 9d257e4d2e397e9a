import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { isSlow } from "./scripts/affected-tests.ts";

/** Begins with the files that take longest, so that none of them is left alone at the end. */
class SlowFirst extends BaseSequencer {
	override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
		const sorted = await super.sort(files);
		const isFirst = ({ moduleId }: TestSpecification) => isSlow(relative(import.meta.dirname, moduleId));
		return [...sorted.filter(isFirst), ...sorted.filter((file) => !isFirst(file))];
	}
}

export default defineConfig({
	resolve: { alias: { "@": fileURLToPath(new URL(".", import.meta.url)) } },
	test: {
		include: ["**/*.test.{ts,tsx}"],
		exclude: ["**/node_modules/**", ".next/**", "data/**"],
		globalSetup: ["server/testing/global-setup.ts"],
		// Generous, because two busy cores are shared with a database; a hanging test still ends.
		testTimeout: 90_000,
		hookTimeout: 90_000,
		expect: { poll: { timeout: 15_000 } },
		pool: "forks",
		// Loading the modules again for each file took a quarter of the time. Tests share no state on purpose: each
		// file has a database, servers and a clock of its own.
		isolate: false,
		// More than two cores, because most of them wait for a database, a process or a fault.
		maxWorkers: 3,
		sequence: { sequencer: SlowFirst },
	},
});
