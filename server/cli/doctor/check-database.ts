import { constants } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import { listUsers } from "../../auth/index.ts";
import { findSchemaId } from "../../db/index.ts";
import type { CommandContext } from "../command.ts";
import type { Finding } from "./check-settings.ts";

/** Whether this user may write into the data folder, which holds the secrets and perhaps the database. */
export async function checkDataDir({ settings }: CommandContext): Promise<Finding> {
	const check = "data folder";
	try {
		await mkdir(settings.dataDir, { recursive: true, mode: 0o700 });
		await access(settings.dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
		return { check, state: "ok", detail: settings.dataDir };
	} catch (error) {
		const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
		return { check, state: "fail", detail: `${settings.dataDir} cannot be written (${code})` };
	}
}

/** Whether the database answers, and whose accounts it has. Nothing is migrated. */
export async function checkDatabase(context: CommandContext): Promise<Finding[]> {
	const check = "database";
	try {
		const { sql } = await context.openDatabaseAsItIs();
		const [row] = await sql<{ version: string }[]>`select current_setting('server_version') as version`;
		const isUsed = (await findSchemaId(sql)) !== null;
		const place = context.settings.databaseUrl === null ? "embedded" : "your own";
		const schema = isUsed ? "" : ", without Parley's tables: the server creates them at its start";
		const answer: Finding = { check, state: "ok", detail: `${place}, PostgreSQL ${row?.version}${schema}` };
		return isUsed ? [answer, ...(await checkAccounts(context))] : [answer];
	} catch (error) {
		return [{ check, state: "fail", detail: error instanceof Error ? error.message : String(error) }];
	}
}

async function checkAccounts(context: CommandContext): Promise<Finding[]> {
	const check = "administrators";
	const accounts = await listUsers(await context.openDatabaseAsItIs()).catch(() => null);
	if (accounts === null)
		return [
			{
				check,
				state: "warn",
				detail: "not read: the tables are of an older version, which the server's start updates",
			},
		];
	const admins = accounts.filter(({ role, suspendedAt }) => role === "admin" && suspendedAt === null);
	if (admins.length === 0)
		return [
			{ check, state: "warn", detail: "there is none: open the link that the server prints at its start" },
		];
	const limited = admins.filter(({ plan }) => plan === "free");
	if (limited.length === 0) return [{ check, state: "ok", detail: `${admins.length}` }];
	return [
		{
			check,
			state: "warn",
			detail: `${limited.map(({ email }) => email).join(", ")}: on the plan "free". For no limits: parley user set-plan --email E --plan unlimited. To raise the plan's: parley plan set free usd-per-day=10`,
		},
	];
}
