import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";

/** As whom to connect, and to which database of the cluster. */
export interface ClusterUser {
	readonly name: string;
	readonly password: string;
	readonly database: string;
}

/** What the shortest system, macOS, allows for a socket's path (`sun_path`), without its zero. */
const socketPathBytesMax = 103;

/** The superuser that `initdb` creates, in PostgreSQL's own database. */
export function toAdmin(password: string, database = "postgres"): ClusterUser {
	return { name: "parley", password, database };
}

export function toClusterUrl(port: number, { name, password, database }: ClusterUser): string {
	return `postgres://${name}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
}

/**
 * The folder for PostgreSQL's Unix socket: that of the cluster, which is closed to other users. Null on Windows, and where
 * its path is too long or would need quotes in PostgreSQL's setting.
 */
export function toSocketFolder(cluster: string): string | null {
	const isUsable = process.platform !== "win32" && !/[,"'\\]/.test(cluster);
	return isUsable && Buffer.byteLength(toSocketPath(cluster, 65_535)) <= socketPathBytesMax ? cluster : null;
}

/** The same address by the Unix socket, which costs less than TCP, if this process may use it. */
export async function preferSocket(url: string, cluster: string, port: number): Promise<string> {
	const folder = toSocketFolder(cluster);
	if (folder === null) return url;
	return await access(toSocketPath(folder, port), constants.W_OK).then(
		() => `${url}?host=${encodeURIComponent(folder)}`,
		() => url,
	);
}

const toSocketPath = (folder: string, port: number) => join(folder, `.s.PGSQL.${port}`);
