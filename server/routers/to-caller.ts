import { randomUUID } from "node:crypto";
import type { Caller } from "../caller.ts";
import type { Services } from "../services.ts";
import { appRouter } from "./app-router.ts";

/** The server as pages use it: the procedures, and the settings that are not secret. */
export function toCaller(services: Services, version: string): Caller {
	const { settings, auth, models } = services;
	return {
		auth,
		authenticate: auth.authenticate,
		trpc: (viewer) =>
			appRouter.createCaller({
				viewer,
				services,
				address: null,
				idempotencyKey: null,
				rates: [],
				requestId: `req_${randomUUID().slice(0, 13)}`,
			}),
		get settings() {
			return {
				version,
				publicUrl: settings.publicUrl,
				signUp: settings.signUp,
				imageHosts: settings.imageHosts,
				linkHosts: settings.linkHosts,
				oauthProviders: auth.options.providers,
				hasMail: auth.options.hasMail,
				isTestModelOnly: models.list().every(({ isTest }) => isTest),
			};
		},
	};
}
