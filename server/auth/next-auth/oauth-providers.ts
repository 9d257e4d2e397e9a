import type { OAuthConfig } from "next-auth/providers/oauth";
import * as z from "zod";
import type { Settings } from "../../settings/index.ts";
import type { ProviderProfile } from "./provider-rule.ts";

/** What our code passes from next-auth's `profile` to its `signIn` callback. */
export interface ProviderUser {
	id: string;
	name: string;
	email: string | null;
	isEmailVerified: boolean;
}

type Oauth = Settings["oauth"];
type Client = { clientId: string; clientSecret: string };

/** next-auth's default of 3.5 s is too short for a distant provider. */
const httpOptions = { timeout: 10_000 };

export function createOauthProviders(oauth: Oauth): OAuthConfig<unknown>[] {
	return [
		...(oauth.github ? [createGithub(oauth.github)] : []),
		...(oauth.google
			? [createOidc({ ...oauth.google, id: "google", name: "Google", issuer: "https://accounts.google.com" })]
			: []),
		...(oauth.oidc ? [createOidc({ ...oauth.oidc, id: "oidc" })] : []),
	];
}

const claims = z.object({
	sub: z.string().min(1).max(255),
	email: z.string().optional(),
	// Some providers send the claim as a string, against OpenID Connect Core 5.1.
	email_verified: z
		.union([z.boolean(), z.string()])
		.transform((value) => value === true || value === "true")
		.optional(),
	name: z.string().optional(),
	preferred_username: z.string().optional(),
});

/** Any OpenID Connect provider; the email comes from the userinfo endpoint if the id token lacks it. */
function createOidc(input: Client & { id: string; name: string; issuer: string }): OAuthConfig<unknown> {
	return {
		id: input.id,
		name: input.name,
		type: "oauth",
		wellKnown: `${input.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`,
		authorization: { params: { scope: "openid email profile" } },
		checks: ["pkce", "state", "nonce"],
		idToken: true,
		clientId: input.clientId,
		clientSecret: input.clientSecret,
		httpOptions,
		userinfo: {
			// next-auth has validated the id token by now.
			request: async ({ client, tokens }) => {
				const known = claims.parse(readIdToken(tokens));
				if (known.email !== undefined) return known;
				const asked = claims.parse(await client.userinfo(tokens.access_token ?? ""));
				// OpenID Connect Core 5.3.2: an answer about another subject must not be used.
				if (asked.sub !== known.sub) throw new Error("The userinfo endpoint answered about another subject.");
				return { ...known, ...asked };
			},
		},
		profile: (raw) => {
			const profile = claims.parse(raw);
			return toProviderUser({
				id: profile.sub,
				name: profile.name ?? profile.preferred_username ?? "",
				email: profile.email ?? null,
				isEmailVerified: profile.email_verified ?? false,
			});
		},
	};
}

/** next-auth types its token set without the method that reads its claims. */
const readIdToken = (tokens: object): unknown => (tokens as { claims(): unknown }).claims();

const githubUser = z.object({ id: z.number().int(), login: z.string(), name: z.string().nullish() });
const githubEmails = z.array(z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }));
const githubProfile = githubUser.extend({ emails: githubEmails });

/** GitHub supports OAuth 2 only; a second request lists which address is primary and verified. */
function createGithub(client: Client): OAuthConfig<unknown> {
	return {
		id: "github",
		name: "GitHub",
		type: "oauth",
		authorization: "https://github.com/login/oauth/authorize?scope=read:user+user:email",
		token: "https://github.com/login/oauth/access_token",
		checks: ["pkce", "state"],
		clientId: client.clientId,
		clientSecret: client.clientSecret,
		httpOptions,
		userinfo: {
			request: async ({ tokens }) => {
				const [user, emails] = await Promise.all([
					readGithub("/user", tokens.access_token),
					readGithub("/user/emails", tokens.access_token),
				]);
				// next-auth types a profile as OpenID claims, which GitHub's answer is not; `profile` below parses it.
				return { ...githubUser.parse(user), emails: githubEmails.parse(emails) } as never;
			},
		},
		profile: (raw) => {
			const profile = githubProfile.parse(raw);
			const email = profile.emails.find((entry) => entry.primary) ?? null;
			return toProviderUser({
				id: String(profile.id),
				name: profile.name || profile.login,
				email: email?.email ?? null,
				isEmailVerified: email?.verified ?? false,
			});
		},
	};
}

async function readGithub(path: string, accessToken: string | undefined): Promise<unknown> {
	const response = await fetch(`https://api.github.com${path}`, {
		headers: { accept: "application/vnd.github+json", authorization: `Bearer ${accessToken}` },
		signal: AbortSignal.timeout(httpOptions.timeout),
	});
	if (!response.ok) throw new Error(`GitHub answered ${response.status}.`);
	return response.json();
}

const toProviderUser = (user: ProviderUser): ProviderUser => user;

const providerUser = z.object({
	id: z.string(),
	name: z.string(),
	// next-auth drops a null on the way.
	email: z
		.string()
		.nullish()
		.transform((email) => email ?? null),
	isEmailVerified: z.boolean(),
});

/** What `profile` returned, as next-auth passes it on. */
export function toProviderProfile(provider: string, raw: unknown): ProviderProfile {
	const { id, ...user } = providerUser.parse(raw);
	return { provider, providerAccountId: id, ...user };
}
