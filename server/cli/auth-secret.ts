import { findSecrets, type Settings } from "../settings/index.ts";

/** The server's own secret, where this command line has the server's settings or data folder; else null. */
export async function findAuthSecret(settings: Settings): Promise<string | null> {
	return settings.authSecret ?? (await findSecrets(settings.dataDir))?.authSecret ?? null;
}
