// Decides what an installation is set to: environment variables, one optional file, secrets that it created.
// Needs: the environment and the data folder.
// Promises: every setting is read here alone, parsed once, and all mistakes are listed at once.
export type {
	ConfiguredLimits,
	ConfiguredModel,
	ConfiguredPrices,
	ConfiguredProvider,
	ParleyConfig,
} from "./config.ts";
export {
	describeSettings,
	type Environment,
	loadSettings,
	parseSettings,
	SettingsError,
	settingsExitCode,
} from "./env.ts";
export { ensureSecrets, findSecrets, type Secrets } from "./secrets.ts";
export type { Settings } from "./settings.ts";
