import { execFileSync } from "node:child_process";
import { chownSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { startEmbeddedDatabase } from "../../embedded-postgres/index.ts";

/** A PostgreSQL of a test's own that offers TLS. */
export interface TlsPostgres {
	/** On 127.0.0.1, without `sslmode`. */
	readonly url: string;
	/** Path of its certificate, which is for 127.0.0.1 alone and its own authority. */
	readonly certificate: string;
	close(): Promise<void>;
}

/** Whether a certificate can be made here; says so when not. */
export function hasOpenssl(): boolean {
	try {
		execFileSync("openssl", ["version"], { stdio: "ignore" });
		return true;
	} catch {
		process.stderr.write("openssl is not installed: the tests of TLS to the database are left out\n");
		return false;
	}
}

export async function startTlsPostgres(): Promise<TlsPostgres> {
	const dataDir = mkdtempSync(join(tmpdir(), "parley-tls-"));
	const embedded = await startEmbeddedDatabase({ dataDir, role: "tool" });
	const certificate = await offerTls({ dataDir, adminUrl: embedded.adminUrl });
	return {
		// By TCP: there is no TLS on a Unix socket.
		url: embedded.url.replace(/\?.*/, ""),
		certificate,
		async close() {
			await embedded.stop();
			rmSync(dataDir, { recursive: true, force: true });
		},
	};
}

/** Lets an embedded PostgreSQL offer TLS from now on. Returns the path of its certificate, which is for 127.0.0.1 alone. */
export async function offerTls({
	dataDir,
	adminUrl,
}: {
	readonly dataDir: string;
	readonly adminUrl: string;
}): Promise<string> {
	const certificate = join(dataDir, "pg", "server.crt");
	const key = join(dataDir, "pg", "server.key");
	const made = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
	const names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
	execFileSync("openssl", ["req", ...made, ...names, "-keyout", key, "-out", certificate], {
		stdio: "ignore",
	});
	const { uid, gid } = statSync(join(dataDir, "pg"));
	for (const path of [certificate, key]) chownSync(path, uid, gid);
	const sql = postgres(adminUrl, { max: 1, onnotice: () => undefined });
	await sql.unsafe("alter system set ssl = on");
	await sql`select pg_reload_conf()`;
	await sql.end();
	return certificate;
}
