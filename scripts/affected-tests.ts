import { dirname } from "node:path";

export interface TestedFile {
	readonly file: string;
	/** The files of the project that it imports. */
	readonly imports: readonly string[];
}

/** Tests that wait for seconds on purpose, such as for deadlines and restarts: over 8 s each on two quiet cores. */
const slow =
	/^(server\/(backup|batch|embedded-postgres)\/|server\/http\/(readers|resume|storage-faults)|server\/db\/(connect|pooling|tls)|e2e\/proofs\/live\/)/;

export const isSlow = (test: string): boolean => slow.test(test);

const isTest = (file: string) => /\.test\.tsx?$/.test(file);

/**
 * The unit tests nearest to a change: those that changed, that import a changed file themselves, or that stand beside one. Tests that
 * reach it through several files are left to `npm test`.
 */
export function findAffectedTests(changed: readonly string[], sources: readonly TestedFile[]): string[] {
	const files = new Set(changed);
	const folders = new Set(changed.filter((file) => /\.tsx?$/.test(file)).map(dirname));
	return sources
		.filter(({ file }) => isTest(file))
		.filter(
			({ file, imports }) =>
				files.has(file) || folders.has(dirname(file)) || imports.some((imported) => files.has(imported)),
		)
		.map(({ file }) => file)
		.sort();
}
