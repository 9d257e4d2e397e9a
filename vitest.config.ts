import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
	resolve: { alias: { "@": fileURLToPath(new URL(".", import.meta.url)) } },
	test: {
		include: ["**/*.test.{ts,tsx}"],
		exclude: ["**/node_modules/**", ".next/**", "data/**"],
		globalSetup: ["server/testing/global-setup.ts"],
		// Generous, because two busy cores are shared with a database; a hanging test still ends.
		testTimeout: 20_000,
		hookTimeout: 30_000,
		pool: "forks",
		// Most of these wait for a database, a process or a fault, not for a core.
		maxWorkers: 2,
	},
});
