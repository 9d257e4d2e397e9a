import type { Stage } from "../kit/stage/stage.ts";

/** The database's own view at one moment. */
export interface Sample {
	readonly atMs: number;
	/** Running turns whose lease ran out more than 10 s ago. */
	readonly overdueTurnIds: readonly string[];
	/** Open connections by instance. */
	readonly connections: readonly number[];
	/** Sessions of any instance that hold a transaction open without doing anything. */
	readonly idleInTransaction: number;
	/** Sessions of any instance that are encrypted. */
	readonly encryptedSessions: number;
}

const everyMs = 1_000;

/** Looks every second until `end`, which takes one last look when everything is quiet. */
export function startSampling(stage: Stage): { end(): Promise<Sample[]> } {
	const samples: Sample[] = [];
	let running: Promise<unknown> = Promise.resolve();
	const look = async () => {
		samples.push(await takeSample(stage));
	};
	const timer = setInterval(() => {
		running = running.then(look).catch(() => undefined);
	}, everyMs);
	return {
		async end() {
			clearInterval(timer);
			await running;
			await look();
			return samples;
		},
	};
}

async function takeSample({ sql, instances }: Stage): Promise<Sample> {
	const overdue = await sql<{ id: string }[]>`
		select id from turns where status in ('queued', 'running') and lease_expires_at < now() - interval '10 seconds'`;
	const [sessions] = await sql<{ idle: number; encrypted: number }[]>`
		select count(*) filter (where state like 'idle in transaction%')::int as idle,
			count(*) filter (where ssl)::int as encrypted
		from pg_stat_activity left join pg_stat_ssl using (pid)
		where datname = current_database() and application_name like 'parley%'`;
	return {
		atMs: Date.now(),
		overdueTurnIds: overdue.map(({ id }) => id),
		connections: instances.map(({ database }) => database.connections()),
		idleInTransaction: sessions?.idle ?? 0,
		encryptedSessions: sessions?.encrypted ?? 0,
	};
}
