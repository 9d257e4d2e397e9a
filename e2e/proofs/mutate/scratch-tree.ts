import { execFile } from "node:child_process";
import { copyFile, mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { projectDir } from "../../../scripts/prepare.mjs";
import { applyFault, type SourceFault } from "./source-fault.ts";

/** A copy of the project's files in which faults are tried; the installed packages are shared. */
export interface ScratchTree {
	readonly folder: string;
	/** Puts the fault in, runs `tryIt`, and takes it out again. @throws when the fault cannot be put in. */
	withFault<Result>(fault: SourceFault, tryIt: () => Promise<Result>): Promise<Result>;
}

/** Copies everything that git tracks or would track. */
export async function createScratchTree(folder: string): Promise<ScratchTree> {
	const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
	const { stdout } = await promisify(execFile)("git", list, { cwd: projectDir, maxBuffer: 2 ** 24 });
	for (const file of stdout.split("\0").filter(Boolean)) {
		const source = join(projectDir, file);
		// A file that was deleted and not yet committed is still listed.
		if (!(await stat(source).catch(() => null))?.isFile()) continue;
		await mkdir(dirname(join(folder, file)), { recursive: true });
		await copyFile(source, join(folder, file));
	}
	await symlink(join(projectDir, "node_modules"), join(folder, "node_modules"));
	return {
		folder,
		async withFault(fault, tryIt) {
			const file = join(folder, fault.file);
			const text = await readFile(file, "utf8").catch(() => {
				throw new Error(`there is no file ${fault.file}`);
			});
			const broken = applyFault(text, fault);
			// A fault that does not even parse would be found by any test.
			if (file.endsWith(".ts")) stripTypeScriptTypes(broken);
			await writeFile(file, broken);
			try {
				return await tryIt();
			} finally {
				await writeFile(file, text);
			}
		},
	};
}
