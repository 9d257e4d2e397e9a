import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

export interface FoundImport {
	source: string;
	isType: boolean;
}

/** Every static or dynamic import and re-export of a module's text. */
export function findImports(text: string): FoundImport[] {
	const found: FoundImport[] = [];
	const statement = /(?:^|\n)\s*(import|export)\s+(type\s+)?([^'";]*?\s+from\s+)?["']([^"'\n]+)["']/g;
	for (const [, , isType, clause = "", source = ""] of text.matchAll(statement)) {
		const names = /\{([^}]*)\}/.exec(clause ?? "")?.[1];
		const isAllTypes =
			names !== undefined &&
			/^\s*\{/.test(clause ?? "") &&
			names.split(",").every((name) => !name.trim() || /^\s*type\s/.test(name));
		found.push({ source, isType: Boolean(isType) || isAllTypes });
	}
	for (const [, source = ""] of text.matchAll(/\bimport\(\s*["']([^"']+)["']/g))
		found.push({ source, isType: false });
	return found;
}

/** Every TypeScript file of the working tree, also those that git does not know yet. */
export function listSources(): string[] {
	const words = ["ls-files", "--cached", "--others", "--exclude-standard", "*.ts", "*.tsx"];
	const listed = execFileSync("git", words, { encoding: "utf8" });
	return listed.split("\n").filter((name) => name && existsSync(name));
}

/** The file of the project that an import names, or null for a package. `isFile` says which files there are. */
export function resolveImport(
	file: string,
	source: string,
	isFile: (path: string) => boolean,
): string | null {
	const isOwn = source.startsWith(".") || source.startsWith("@/");
	if (!isOwn) return null;
	const path = source.startsWith("@/") ? source.slice(2) : normalize(join(dirname(file), source));
	const endings = ["", ".ts", ".tsx", "/index.ts", "/index.tsx"];
	return endings.map((ending) => path + ending).find(isFile) ?? null;
}
