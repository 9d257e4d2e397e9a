import * as z from "zod";
import type { Settings } from "../../settings/index.ts";
import type { Finding } from "./check-settings.ts";

const timeoutMs = 3_000;
const health = z.object({
	status: z.string(),
	database: z.string(),
	unknownHost: z.string().nullable().optional(),
});

/** Asks the server of these settings on this machine how it is, and whether it was reached under a name that it does not know. */
export async function checkServer(
	settings: Pick<Settings, "host" | "port" | "publicUrl">,
): Promise<Finding[]> {
	const host = ["0.0.0.0", "::", "localhost"].includes(settings.host) ? "127.0.0.1" : settings.host;
	const url = `http://${host.includes(":") ? `[${host}]` : host}:${settings.port}/api/health/ready`;
	const answer = await readJson(url);
	if (answer === null)
		return [{ check: "server", state: "warn", detail: `does not answer on ${host}:${settings.port}` }];
	const parsed = health.safeParse(answer);
	if (!parsed.success)
		return [
			{ check: "server", state: "fail", detail: `another program answers on ${host}:${settings.port}` },
		];
	const { status, database, unknownHost } = parsed.data;
	const state = status === "ready" ? "ok" : "fail";
	const server: Finding = { check: "server", state, detail: `${status}, database ${database}` };
	return unknownHost ? [server, explainUnknownHost(unknownHost, settings.publicUrl)] : [server];
}

function explainUnknownHost(unknownHost: string, publicUrl: string): Finding {
	return {
		check: "proxy",
		state: "fail",
		detail: `the server was reached as ${unknownHost}, but PARLEY_PUBLIC_URL is ${publicUrl}: those pages were refused. If ${unknownHost} is yours, set PARLEY_PUBLIC_URL=https://${unknownHost}, or add it to PARLEY_ALLOWED_HOSTS, and restart`,
	};
}

/** Whether the public address leads to a Parley, through whatever proxy is in between. */
export async function checkPublicUrl({
	publicUrl,
	port,
}: Pick<Settings, "publicUrl" | "port">): Promise<Finding[]> {
	if (publicUrl === `http://localhost:${port}`) return [];
	const answer = await readJson(`${publicUrl}/api/health/live`);
	const isOurs = z.object({ status: z.literal("live") }).safeParse(answer).success;
	const check = "public address";
	return isOurs
		? [{ check, state: "ok", detail: `${publicUrl} leads to this server` }]
		: [{ check, state: "warn", detail: `${publicUrl} does not lead to Parley from this machine` }];
}

async function readJson(url: string): Promise<unknown> {
	try {
		const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), redirect: "manual" });
		return await response.json().catch(() => undefined);
	} catch {
		return null;
	}
}
