import { execFile } from "node:child_process";
import { chown, lstat, readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** PostgreSQL refuses to run as root; started by root it runs as this user, "nobody" on every Linux. */
const nobody = { uid: 65_534, gid: 65_534 };

/** The user that PostgreSQL runs as, and how to run a command as that user. */
export interface PostgresUser {
	/** null = the user of this process. */
	identity: { uid: number; gid: number } | null;
	/** What to spawn for `program args`. */
	toCommand(program: string, args: string[]): { file: string; args: string[]; uid?: number; gid?: number };
}

const self: PostgresUser = { identity: null, toCommand: (file, args) => ({ file, args }) };

/**
 * Chooses the user for the database in `cluster` (inside `dataDir`). Root uses the owner of the folder, so that a server
 * once started with sudo still starts without.
 * @throws {Error} with words for the operator.
 */
export async function choosePostgresUser(input: {
	dataDir: string;
	cluster: string;
	binaries: string;
}): Promise<PostgresUser> {
	const owner = await findOwner(input);
	if (process.getuid?.() !== 0) {
		if (owner === null || owner.uid === process.getuid?.()) return self;
		throw new Error(
			`${input.cluster} belongs to another user (uid ${owner.uid}). Start Parley as that user, or: chown -R $(id -u) ${input.dataDir}`,
		);
	}
	const identity = owner ?? nobody;
	const program = join(input.binaries, "bin", "postgres");
	const paths = [program, join(input.binaries, "lib"), join(input.binaries, "share"), input.dataDir];
	const isReachable = await Promise.all(paths.map((path) => canReach(path, identity)));
	if (isReachable.every(Boolean)) {
		return { identity, toCommand: (file, args) => ({ file, args, ...identity }) };
	}
	const withCapability = setpriv(identity);
	// Asks as initdb does, by access(2), which is stricter than running the program.
	const probe = withCapability.toCommand("test", ["-x", program]);
	const works = await run(probe.file, probe.args).then(
		() => true,
		() => false,
	);
	if (works) return withCapability;
	throw new Error(unreachableMessage(input, identity.uid));
}

/** Gives the folder to PostgreSQL's user: after a restore by root, its files may be root's. */
export async function chownTree(folder: string, { uid, gid }: { uid: number; gid: number }): Promise<void> {
	await chown(folder, uid, gid);
	for (const entry of await readdir(folder, { withFileTypes: true })) {
		const path = join(folder, entry.name);
		if (entry.isDirectory()) await chownTree(path, { uid, gid });
		else if (entry.isFile()) await chown(path, uid, gid);
	}
}

async function findOwner({ dataDir, cluster }: { dataDir: string; cluster: string }) {
	const found = (await stat(cluster).catch(() => null)) ?? (await stat(dataDir).catch(() => null));
	return found === null || found.uid === 0 ? null : { uid: found.uid, gid: found.gid };
}

/**
 * Below a folder that is closed to others (`mktemp -d`, /root) another user reaches nothing: PostgreSQL gets the one capability to
 * pass closed folders. Part of util-linux, which every Debian and Fedora has.
 */
function setpriv({ uid, gid }: { uid: number; gid: number }): PostgresUser {
	// Without the secure bit access(2), which initdb asks, leaves the capability out.
	const capability = [
		"--securebits",
		"+no_setuid_fixup",
		"--inh-caps",
		"+dac_override",
		"--ambient-caps",
		"+dac_override",
	];
	const user = ["--reuid", String(uid), "--regid", String(gid), "--clear-groups", ...capability, "--"];
	return {
		identity: { uid, gid },
		toCommand: (file, args) => ({ file: "setpriv", args: [...user, file, ...args] }),
	};
}

function unreachableMessage(
	{ dataDir, binaries }: { dataDir: string; binaries: string },
	uid: number,
): string {
	return `PostgreSQL must not run as root, and its user (uid ${uid}) cannot reach ${binaries} and ${dataDir}. Start Parley as an ordinary user, move it to a folder whose parents are open (chmod o+x), install util-linux (setpriv), or set DATABASE_URL`;
}

/** Whether that user may pass every parent and read the last part, by the mode bits. */
async function canReach(path: string, user: { uid: number; gid: number }): Promise<boolean> {
	for (let current = path; ; current = dirname(current)) {
		const found = await lstat(current).catch(() => null);
		if (found === null) return false;
		const shift = found.uid === user.uid ? 6 : found.gid === user.gid ? 3 : 0;
		const isLink = found.isSymbolicLink();
		const needed = current === path ? 0o5 : 0o1;
		if (!isLink && ((found.mode >> shift) & needed) !== needed) return false;
		if (dirname(current) === current) return true;
	}
}
