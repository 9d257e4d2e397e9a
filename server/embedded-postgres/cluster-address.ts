/** As whom to connect, and to which database of the cluster. */
export interface ClusterUser {
	readonly name: string;
	readonly password: string;
	readonly database: string;
}

/** The superuser that `initdb` creates, in PostgreSQL's own database. */
export function toAdmin(password: string, database = "postgres"): ClusterUser {
	return { name: "parley", password, database };
}

export function toClusterUrl(port: number, { name, password, database }: ClusterUser): string {
	return `postgres://${name}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
}
