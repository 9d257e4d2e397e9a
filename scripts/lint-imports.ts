/** Part of `npm run lint`: prints every import and every write that breaks a rule of `boundaries.ts`, and every import cycle. */
import { readFileSync } from "node:fs";
import { findForeignWrites, findFunctionOwner, refuse } from "./boundaries.ts";
import { findCycles } from "./import-cycles.ts";
import { findImports, listSources, resolveImport } from "./imports.ts";
import { readFunctionFiles } from "./sql-functions.ts";

const isTest = (file: string) => /\.(test|spec)\.tsx?$/.test(file) || file.startsWith("server/testing/");

const broken: string[] = [];
for (const { name, text } of readFunctionFiles()) {
	const file = `drizzle/functions/${name}.sql`;
	if (!findFunctionOwner(file)) broken.push(`${file}: has no owner in scripts/boundaries.ts`);
	for (const table of findForeignWrites(file, text))
		broken.push(`${file}: writes to ${table} of another room`);
}
const graph = new Map<string, string[]>();
const sources = new Set(listSources().filter((file) => !isTest(file)));
for (const file of sources) {
	const text = readFileSync(file, "utf8");
	const imports = findImports(text);
	for (const found of imports) {
		const reason = refuse(file, found);
		if (reason) broken.push(`${file}: ${found.source}: ${reason}`);
	}
	for (const table of findForeignWrites(file, text))
		broken.push(`${file}: writes to ${table} of another room`);
	const targets = imports.filter(({ isType }) => !isType).map(({ source }) => source);
	graph.set(
		file,
		targets.flatMap((source) => resolveImport(file, source, (path) => sources.has(path)) ?? []),
	);
}
for (const cycle of findCycles(graph)) broken.push(`import cycle: ${[...cycle, cycle[0]].join(" -> ")}`);
if (broken.length > 0) console.error(broken.join("\n"));
process.exitCode = broken.length > 0 ? 1 : 0;
