import { execFile } from "node:child_process";
import { copyFile, cp, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { projectDir } from "../../../scripts/prepare.mjs";
import { applyFault, type FaultPlace } from "./source-fault.ts";

const migrations = "drizzle/migrations";

/** A copy of the project's files in which faults are tried; the installed packages are shared. */
export interface ScratchTree {
	readonly folder: string;
	/** Puts the fault in, runs `tryIt`, and takes it out again. @throws when the fault cannot be put in. */
	withFault<Result>(fault: FaultPlace, tryIt: () => Promise<Result>): Promise<Result>;
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
			const changes = await findChanges(folder, fault);
			for (const { file, broken } of changes) await writeFile(file, broken);
			try {
				return await tryIt();
			} finally {
				for (const { file, text } of changes) await writeFile(file, text);
			}
		},
	};
}

/** Pages are made of the same sources; a proof looks at none, so that the build without a fault serves with each. */
const buildCheck = {
	what: "a build of other sources is used",
	file: "scripts/prepare.mjs",
	search: 'return readFileSync(buildStamp(), "utf8") === hashSources();',
	replace: "return true;",
};

/** Lets proofs run in the tree, on the project's own build of the pages. */
export async function takeBuild({ folder }: ScratchTree): Promise<void> {
	await cp(join(projectDir, ".next"), join(folder, ".next"), { recursive: true });
	for (const { file, broken } of await findChanges(folder, buildCheck)) await writeFile(file, broken);
}

/** @throws when the fault cannot be put into the project in this folder. */
export async function checkPlace(folder: string, fault: FaultPlace): Promise<void> {
	await findChanges(folder, fault);
}

interface Change {
	readonly file: string;
	readonly text: string;
	readonly broken: string;
}

/** What a fault makes of the files that it is in. A fault that does not even parse would be found by any test. */
async function findChanges(folder: string, fault: FaultPlace): Promise<Change[]> {
	return await Promise.all(
		(await findFiles(folder, fault)).map(async (name) => {
			const file = join(folder, name);
			const text = await readFile(file, "utf8");
			const broken = applyFault(text, { ...fault, file: name });
			if (name.endsWith(".ts")) stripTypeScriptTypes(broken);
			return { file, text, broken };
		}),
	);
}

/** The file of a fault; of a function of the database also the newest migration that creates it, which is what databases run. */
async function findFiles(folder: string, { file, search }: FaultPlace): Promise<string[]> {
	if (!(await stat(join(folder, file)).catch(() => null))) throw new Error(`there is no file ${file}`);
	if (!file.startsWith("drizzle/functions/")) return [file];
	const names = (await readdir(join(folder, migrations))).filter((name) => name.endsWith(".sql")).toSorted();
	for (const name of names.toReversed())
		if ((await readFile(join(folder, migrations, name), "utf8")).includes(search))
			return [file, join(migrations, name)];
	throw new Error(`no migration holds the anchor of ${file}: ${search}`);
}
