import postgres from "postgres";

/** What a server answers to a connection: `starting` also while it recovers; `silent` when nothing usable came back. */
export type ProbeResult = "ready" | "starting" | "refused" | "silent";

/** SQLSTATE codes (PostgreSQL, appendix A): cannot_connect_now and invalid_password. */
const results: Record<string, ProbeResult> = { "57P03": "starting", "28P01": "refused" };

export async function probeServer(url: string): Promise<ProbeResult> {
	const sql = postgres(url, { max: 1, connect_timeout: 2, fetch_types: false, onnotice: () => undefined });
	try {
		await sql`select 1`;
		return "ready";
	} catch (error) {
		const code = error instanceof Error && "code" in error ? String(error.code) : "";
		return results[code] ?? "silent";
	} finally {
		await sql.end({ timeout: 0 });
	}
}
