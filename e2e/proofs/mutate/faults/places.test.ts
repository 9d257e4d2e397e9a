import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { projectDir } from "../../../../scripts/prepare.mjs";
import { checkPlace } from "../scratch-tree.ts";
import { sourceFaults } from "./index.ts";

it.each(sourceFaults.map((fault) => [fault.what, fault] as const))(
	"the place of the fault is there, and so are its tests: %s",
	async (_, fault) => {
		await checkPlace(projectDir, fault);
		for (const filter of fault.tests) expect(existsSync(join(projectDir, filter)), filter).toBe(true);
	},
);

it("no two faults have one name", () => {
	expect(new Set(sourceFaults.map(({ what }) => what)).size).toBe(sourceFaults.length);
});
