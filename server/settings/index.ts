// Decides what an installation is set to: environment variables, one optional file, secrets that it created.
// Needs: the environment and the data folder.
// Promises: every setting is read here alone, parsed once, and all mistakes are listed at once.
export type { ConfiguredLimits } from "./config.ts";
export {
	describeSettings,
	loadSettings,
	parseSettings,
	SettingsError,
	settingsExitCode,
} from "./env.ts";
export { ensureSecrets, findSecrets } from "./secrets.ts";
export type { Settings } from "./settings.ts";
