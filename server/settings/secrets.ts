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
	const existing = await readSecrets(path);
	if (existing !== null) return { ...existing, isNew: false };
	await mkdir(dataDir, { recursive: true, mode: 0o755 });
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
		const winner = await readSecrets(path);
		if (winner === null) throw error;
		return { ...winner, isNew: false };
	} finally {
		await rm(draft, { force: true });
	}
}

/** What `dataDir`/secrets.json says, or null when there is no such file. */
export const findSecrets = (dataDir: string): Promise<Secrets | null> =>
	readSecrets(join(dataDir, "secrets.json"));

async function readSecrets(path: string): Promise<Secrets | null> {
	let text: string;
	try {
		text = await readFile(path, "utf8");
	} catch (error) {
		const code = error instanceof Error && "code" in error ? String(error.code) : "";
		if (code === "ENOENT") return null;
		throw new Error(`${path} cannot be read (${code}). Start Parley as the user who owns it`, {
			cause: error,
		});
	}
	if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, 0o600).catch(() => undefined);
	const parsed = secretsFile.safeParse(parseJson(text));
	if (parsed.success) return parsed.data;
	throw new Error(
		`${path} is damaged. Restore it from a backup: without it the embedded database stays locked`,
	);
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
