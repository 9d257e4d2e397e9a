import { randomBytes } from "node:crypto";
import { chmod, link, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";

/** Random values that this installation created for itself. */
export interface Secrets {
	/** Signs sessions unless AUTH_SECRET is set. */
	authSecret: string;
	/** Of the embedded database's superuser; that of the application's role follows from it. */
	databasePassword: string;
}

const secretsFile = z.object({ authSecret: z.string().min(32), databasePassword: z.string().min(16) });

/**
 * Reads `dataDir`/secrets.json (mode 0600), or creates it. Several processes may ask at once: one file wins, complete from
 * its first instant, because it is linked into place.
 * @throws {Error} with words for the operator when the file is unreadable or not ours.
 */
export async function ensureSecrets(dataDir: string): Promise<Secrets & { isNew: boolean }> {
	const path = join(dataDir, "secrets.json");
	const existing = await readSecrets(dataDir);
	if (existing !== null) return { ...existing, isNew: false };
	await mkdir(dataDir, { recursive: true, mode: 0o755 }).catch((error: unknown) => {
		throw toFolderError(dataDir, error);
	});
	const made: Secrets = {
		authSecret: randomBytes(36).toString("base64url"),
		databasePassword: randomBytes(24).toString("base64url"),
	};
	const draft = join(dataDir, `.secrets-${process.pid}-${randomBytes(4).toString("hex")}`);
	try {
		await writeFile(draft, `${JSON.stringify(made, null, "\t")}\n`, { mode: 0o600, flag: "wx", flush: true });
		await link(draft, path);
		return { ...made, isNew: true };
	} catch (error) {
		const winner = await readSecrets(dataDir);
		if (winner === null) throw toFolderError(dataDir, error);
		return { ...winner, isNew: false };
	} finally {
		await rm(draft, { force: true });
	}
}

/** What `dataDir`/secrets.json says, or null when there is no such file. */
export const findSecrets = (dataDir: string): Promise<Secrets | null> => readSecrets(dataDir);

async function readSecrets(dataDir: string): Promise<Secrets | null> {
	const path = join(dataDir, "secrets.json");
	let text: string;
	try {
		text = await readFile(path, "utf8");
	} catch (error) {
		const code = error instanceof Error && "code" in error ? String(error.code) : "";
		if (code === "ENOENT") return null;
		throw toFolderError(dataDir, error);
	}
	if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, 0o600).catch(() => undefined);
	const parsed = secretsFile.safeParse(parseJson(text));
	if (parsed.success) return parsed.data;
	throw new Error(
		`${path} is damaged. Restore it from a backup: without it the embedded database stays locked`,
	);
}

/** Usually the folder belongs to another user, such as root after a first start with sudo. */
function toFolderError(dataDir: string, error: unknown): Error {
	const code = error instanceof Error && "code" in error ? String(error.code) : "";
	const whatToDo =
		code === "EROFS" || code === "ENOSPC"
			? "Free the disk or choose another folder with PARLEY_DATA_DIR"
			: `Start Parley as the user who owns it, give it to this user (chown -R $(id -u) ${dataDir}), or choose another folder with PARLEY_DATA_DIR`;
	return new Error(`The data folder ${dataDir} cannot be used (${code}). ${whatToDo}`, { cause: error });
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
