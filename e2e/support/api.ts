import { type APIRequestContext, request } from "@playwright/test";
import * as z from "zod";

const stored = z.object({
	thread: z.object({ id: z.string(), title: z.string() }),
	messages: z.array(
		z.object({
			id: z.string(),
			role: z.enum(["user", "assistant"]),
			text: z.string(),
			siblings: z.object({ index: z.number(), ids: z.array(z.string()) }),
			turn: z.object({ status: z.string(), code: z.string().nullable() }).nullable(),
		}),
	),
});
/** A thread as the server keeps it. */
export type StoredThread = z.infer<typeof stored>;

/** The typed calls as a program makes them: with the cookies of `context` and our own header. */
export interface Api {
	mutate(path: string, input: object): Promise<unknown>;
	query(path: string, input: object): Promise<unknown>;
	readThread(threadId: string): Promise<StoredThread>;
}

const answer = z.object({ result: z.object({ data: z.unknown() }) });

export function createApi(context: APIRequestContext, url: string): Api {
	const headers = { origin: url, "x-parley-client": "e2e/1" };
	const query: Api["query"] = async (path, input) => {
		const search = new URLSearchParams({ input: JSON.stringify(input) });
		const response = await context.get(`${url}/api/trpc/${path}?${search}`, { headers });
		return answer.parse(await response.json()).result.data;
	};
	return {
		query,
		async mutate(path, input) {
			const response = await context.post(`${url}/api/trpc/${path}`, { headers, data: input });
			return answer.parse(await response.json()).result.data;
		},
		readThread: async (threadId) => stored.parse(await query("threads.get", { threadId })),
	};
}

export interface Account {
	readonly email: string;
	readonly password: string;
}

/** Signs in as the sign-in page does and returns the session as the browser would keep it. */
async function signIn(context: APIRequestContext, url: string, account: Account) {
	const token = await context.get(`${url}/api/auth/csrf`);
	const { csrfToken } = z.object({ csrfToken: z.string() }).parse(await token.json());
	const form = { ...account, csrfToken, json: "true" };
	await context.post(`${url}/api/auth/callback/credentials`, { form, headers: { origin: url } });
	return await context.storageState();
}

export type Session = Awaited<ReturnType<typeof signIn>>;

export interface Person extends Account {
	readonly session: Session;
}

/** The administrator of a fresh Parley, and everyone else by invitation, as the product makes accounts. */
export interface People {
	/** The calls as the administrator. */
	readonly admin: Api;
	/** A new person who is signed in. */
	join(): Promise<Person>;
	/** An administrator's one-time links: to a new account, and to a new password. */
	invite(): Promise<string>;
	resetLink(email: string): Promise<string>;
	close(): Promise<void>;
}

const link = z.object({ url: z.string() });
const accounts = z.object({ users: z.array(z.object({ userId: z.string(), email: z.string() })) });
const toToken = (address: string) => new URL(address).searchParams.get("token") ?? "";
const password = "a quiet evening by the sea";

export async function gatherPeople(url: string, setupLink: string): Promise<People> {
	const admin = await request.newContext();
	const api = createApi(admin, url);
	const administrator = { email: "admin@example.com", password };
	await api.mutate("account.acceptSetup", { ...administrator, token: toToken(setupLink) });
	await signIn(admin, url, administrator);
	const roomy = {
		requestsPerMinute: 1_000_000,
		requestsPerDay: null,
		concurrentStreams: 1_000,
		tokensPerDay: null,
	};
	const unpaid = { nanoUsdPerDay: null, nanoUsdPerMonth: null, maxOutputTokens: null };
	await api.mutate("admin.plans.set", { id: "free", change: { ...roomy, ...unpaid } });
	let count = 0;
	const invite = async () => link.parse(await api.mutate("admin.invites.create", {})).url;
	return {
		admin: api,
		invite,
		async resetLink(email) {
			const { users } = accounts.parse(await api.query("admin.users.list", { limit: 200 }));
			const userId = users.find((user) => user.email === email)?.userId;
			return link.parse(await api.mutate("admin.users.resetLink", { userId })).url;
		},
		async join() {
			const account = { email: `person${++count}@example.com`, password };
			const context = await request.newContext();
			const token = toToken(await invite());
			await createApi(context, url).mutate("account.acceptInvite", { ...account, token });
			const session = await signIn(context, url, account);
			await context.dispose();
			return { ...account, session };
		},
		close: () => admin.dispose(),
	};
}
