import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { projectDir } from "../../../../scripts/prepare.mjs";
import { checkPlace } from "../scratch-tree.ts";
import { sourceFaults } from "./index.ts";
import { proofFaults } from "./proofs.ts";

it.each(sourceFaults.map((fault) => [fault.what, fault] as const))(
	"the place of the fault is there, and so are its tests: %s",
	async (_, fault) => {
		await checkPlace(projectDir, fault);
		for (const filter of fault.tests) expect(existsSync(join(projectDir, filter)), filter).toBe(true);
	},
);

it.each(proofFaults.map((fault) => [fault.what, fault] as const))(
	"the place of a proof's fault is there: %s",
	(_, fault) => checkPlace(projectDir, fault),
);

it("every long proof has a fault that it must find", () => {
	const proofs = proofFaults.map(({ proof: [script] }) => script).toSorted();
	expect(proofs).toEqual(["chaos", "chaos:provider", "test:budget-race", "verify:ledger"]);
});

it("no two faults have one name", () => {
	expect(new Set(sourceFaults.map(({ what }) => what)).size).toBe(sourceFaults.length);
});
