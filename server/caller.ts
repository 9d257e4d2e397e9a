import type { Auth, Viewer } from "./auth/index.ts";
import type { AppRouter } from "./routers/index.ts";

/** What pages may know of the settings: nothing secret. */
export interface PublicSettings {
	readonly version: string;
	readonly publicUrl: string;
	readonly signUp: "on" | "off" | "invite";
	readonly oauthProviders: { readonly id: string; readonly name: string }[];
	readonly hasMail: boolean;
	/** Hosts whose images answers may show, and whose links open without a question. */
	readonly imageHosts: readonly string[];
	readonly linkHosts: readonly string[];
	/** True while no real model is configured. */
	readonly isTestModelOnly: boolean;
}

/** The server as pages see it. Next bundles a copy of its own of what `app/` imports, so the real one is handed over here. */
export interface Caller {
	readonly settings: PublicSettings;
	readonly auth: Auth;
	authenticate(cookieHeader: string | undefined): Promise<Viewer | null>;
	/** The procedures, called in this process as that person. */
	trpc(viewer: Viewer | null): ReturnType<AppRouter["createCaller"]>;
}

const key = Symbol.for("parley.caller");
const shared = globalThis as { [key]?: Caller };

/** @throws Error when no server runs in this process, such as during a build. */
export function caller(): Caller {
	const found = shared[key];
	if (!found) throw new Error("The server has not started: pages are rendered by server/main.ts alone.");
	return found;
}

export function setCaller(value: Caller): void {
	shared[key] = value;
}
