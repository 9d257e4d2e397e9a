import { createHmac } from "node:crypto";
import postgres from "postgres";
import { type ClusterUser, toAdmin, toClusterUrl } from "./cluster-address.ts";

/** The role that Parley's statements run as: it owns its database and is no superuser. */
const applicationRole = "parley_app";
const applicationDatabase = "parley";

/** A number of our own in the namespace of advisory locks: "parley" and one more byte. */
const roleLock = "31632341464348931";

/** Its password follows from the superuser's, so that secrets.json of every version holds all that is needed. */
export function toApplicationUser(adminPassword: string): ClusterUser {
	const password = createHmac("sha256", adminPassword).update(applicationRole).digest("base64url");
	return { name: applicationRole, password, database: applicationDatabase };
}

/**
 * Creates the application's role and its database where they are missing, and gives it what an older Parley, which
 * worked as the superuser, created there. Several processes may ask at once.
 */
export async function ensureApplicationRole(port: number, adminPassword: string): Promise<void> {
	await withConnection(port, toAdmin(adminPassword), async (sql) => {
		await sql`select pg_advisory_lock(${roleLock}::bigint)`;
		if ((await sql`select from pg_roles where rolname = ${applicationRole}`).length === 0) {
			const { password } = toApplicationUser(adminPassword);
			// base64url needs no quoting, and CREATE ROLE takes no parameters.
			await sql.unsafe(`create role ${applicationRole} login password '${password}'`);
		}
		if ((await sql`select from pg_database where datname = ${applicationDatabase}`).length === 0)
			await sql.unsafe(`create database ${applicationDatabase}`);
		await sql.unsafe(`alter database ${applicationDatabase} owner to ${applicationRole}`);
		const admin = toAdmin(adminPassword, applicationDatabase);
		await withConnection(port, admin, (database) => database.unsafe(takeOwnership));
	});
}

/**
 * Changes the owner of every table, sequence, view, routine, domain, type and schema that the superuser owns in the database.
 * A sequence of a column follows its table, and what belongs to an extension stays.
 */
const takeOwnership = `
do $$
declare statement text;
begin
	for statement in
		with foreign_owned as (
			select 'schema' as kind, quote_ident(nspname) as name, 1 as place,
				oid, 'pg_namespace'::regclass as catalog, nspowner as owner, oid as schema
			from pg_namespace
			union all
			select case relkind when 'S' then 'sequence' when 'v' then 'view' when 'm' then 'materialized view' else 'table' end,
				oid::regclass::text, 2, oid, 'pg_class'::regclass, relowner, relnamespace
			from pg_class where relkind in ('r', 'p', 'S', 'v', 'm')
			union all
			select 'routine', oid::regprocedure::text, 3, oid, 'pg_proc'::regclass, proowner, pronamespace from pg_proc
			union all
			select case typtype when 'd' then 'domain' else 'type' end, oid::regtype::text, 3, oid, 'pg_type'::regclass, typowner, typnamespace
			from pg_type where typtype in ('d', 'e', 'r')
		)
		select format('alter %s %s owner to ${applicationRole}', kind, name)
		from foreign_owned join pg_namespace on pg_namespace.oid = schema
		where owner = (select oid from pg_roles where rolname = current_user)
			and nspname !~ '^pg_' and nspname <> 'information_schema'
			and not exists (
				select from pg_depend
				where classid = catalog and objid = foreign_owned.oid and (deptype = 'e' or (kind = 'sequence' and deptype in ('a', 'i'))))
		order by place
	loop
		execute statement;
	end loop;
end $$`;

async function withConnection(
	port: number,
	user: ClusterUser,
	run: (sql: postgres.Sql) => Promise<unknown>,
): Promise<void> {
	const url = toClusterUrl(port, user);
	const sql = postgres(url, { max: 1, connect_timeout: 5, fetch_types: false, onnotice: () => undefined });
	try {
		await run(sql);
	} finally {
		await sql.end({ timeout: 5 });
	}
}
