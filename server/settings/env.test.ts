import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeSettings, parseSettings, SettingsError } from "./env.ts";
import { renderConfigurationDocs, renderEnvExample } from "./env-example.ts";
import { type Variable, variables } from "./env-variables.ts";

const noFiles = {
	read: () => {
		throw Object.assign(new Error("no such file"), { code: "ENOENT" });
	},
};
const parse = (env: Record<string, string>, files: { read(path: string): string } = noFiles) =>
	parseSettings(env, files);

function mistakesOf(env: Record<string, string>, files?: { read(path: string): string }): string[] {
	try {
		parse(env, files);
		return [];
	} catch (error) {
		if (error instanceof SettingsError) return error.mistakes;
		throw error;
	}
}

describe("parseSettings", () => {
	it("needs nothing: an empty environment is the embedded server on port 3000", () => {
		expect(parse({})).toMatchObject({
			port: 3000,
			host: "localhost",
			publicUrl: "http://localhost:3000",
			dataDir: resolve("data"),
			databaseUrl: null,
			authSecret: null,
			signUp: "invite",
			mail: null,
			config: { providers: [], models: [] },
			imageHosts: [],
		});
	});

	it("takes an empty value for one that is not set, as compose files write it", () => {
		expect(parse({ PORT: "", DATABASE_URL: " ", AUTH_SECRET: "" })).toMatchObject({
			port: 3000,
			databaseUrl: null,
		});
	});

	it("counts limits in plain Redis or by REST, one of the two, and believes named proxies", () => {
		const [url, token] = ["https://eu1.upstash.io", "token"];
		const rest = { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token };
		expect(parse({}).rateStore).toBeNull();
		expect(parse({ REDIS_URL: "redis://r:6379" }).rateStore).toEqual({ url: "redis://r:6379", token: null });
		expect(parse(rest).rateStore).toEqual({ url, token });
		expect(mistakesOf({ ...rest, REDIS_URL: "redis://r:6379" })).toEqual([
			"REDIS_URL: is set beside UPSTASH_REDIS_REST_URL. Keep one",
		]);
		expect(mistakesOf({ UPSTASH_REDIS_REST_URL: url })).toHaveLength(1);
		expect(parse({}).trustedProxies).toEqual(["127.0.0.1", "::1"]);
		expect(parse({ PARLEY_TRUSTED_PROXIES: "10.0.0.0/8, fd00::/8" }).trustedProxies).toHaveLength(2);
		for (const wrong of ["proxy", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.1;10.0.0.2"])
			expect(mistakesOf({ PARLEY_TRUSTED_PROXIES: wrong })).toHaveLength(1);
	});

	it("lists every mistake at once and quotes no value", () => {
		const mistakes = mistakesOf({
			PORT: "70000",
			AUTH_SECRET: "hidden",
			DATABASE_URL: "mysql://me:hidden@db/chat",
			PARLEY_SIGN_UP: "hidden",
			OPENAI_BASE_URL: "hidden",
			GITHUB_CLIENT_ID: "hidden",
			PARLEY_IMAGE_HOSTS: "https://hidden",
		});
		expect(mistakes).toEqual([
			"PORT: must be a whole number from 1 to 65535",
			"DATABASE_URL: must look like postgres://user:password@host:5432/name",
			"AUTH_SECRET: must be at least 32 characters (got 6). Create one: openssl rand -base64 32",
			"PARLEY_SIGN_UP: must be on, off or invite",
			"OPENAI_BASE_URL: must be an http:// or https:// address without user, query or fragment",
			"PARLEY_IMAGE_HOSTS: must be host names separated by commas, such as images.example.com",
			"GITHUB_CLIENT_SECRET: is required because GITHUB_CLIENT_ID is set",
		]);
	});

	it.each([
		["DATABSE_URL", "DATABASE_URL"],
		["DATABASE_ULR", "DATABASE_URL"],
		["OPENAI_API_KEYS", "OPENAI_API_KEY"],
		["AUTH_SECRET_FLIE", "AUTH_SECRET_FILE"],
		["PARLEY_SIGNUP", "PARLEY_SIGN_UP"],
	])("asks at %s whether %s was meant", (given, meant) => {
		expect(mistakesOf({ [given]: "x" })).toEqual([`${given}: is not known. Did you mean ${meant}?`]);
	});

	it("knows every name with its own prefix, and leaves other programs' names alone", () => {
		expect(mistakesOf({ PARLEY_COLOUR_OF_THE_SKY: "x" })).toEqual([
			"PARLEY_COLOUR_OF_THE_SKY: is not known.",
		]);
		expect(mistakesOf({ GITLAB_CLIENT_ID: "x", HOME: "/", PORTS: "1", HOSTS: "x", POST: "1" })).toEqual([]);
	});

	it("says that a password needs encoding", () => {
		const [mistake] = mistakesOf({ DATABASE_URL: "postgres://me:pa#ss@db:5432/chat" });
		expect(mistake).toMatch(/^DATABASE_URL: .*Encode special characters/);
		expect(mistake).not.toContain("pa#ss");
	});

	it("takes the address past a pooler only beside that of the pooler, and looks at named certificates", () => {
		const url = "postgres://me:secret@db/chat";
		const direct = { DATABASE_URL: url, DATABASE_DIRECT_URL: "postgres://me:secret@[::1]/chat" };
		expect(parse(direct)).toMatchObject({ databaseUrl: url, databaseDirectUrl: direct.DATABASE_DIRECT_URL });
		expect(mistakesOf({ DATABASE_DIRECT_URL: url })).toEqual([
			"DATABASE_DIRECT_URL: is set without DATABASE_URL, the address of the connection pooler",
		]);
		const query = "sslmode=verify-full&sslrootcert=/gone/ca.pem";
		expect(mistakesOf({ DATABASE_URL: `${url}?${query}` })).toEqual([
			"DATABASE_URL: the file that sslrootcert names cannot be read (ENOENT)",
		]);
		expect(mistakesOf({ DATABASE_URL: `${url}?${query}` }, { read: () => "PEM" })).toEqual([]);
	});

	it("writes addresses and hosts as browsers send them", () => {
		const env = {
			PARLEY_PUBLIC_URL: "https://Bücher.Example:443/",
			OPENAI_BASE_URL: "http://LocalHost:1234/v1/",
			PARLEY_IMAGE_HOSTS: "Bücher.example, images.example:8443",
		};
		expect(parse(env)).toMatchObject({
			publicUrl: "https://xn--bcher-kva.example",
			providers: { openaiBaseUrl: "http://localhost:1234/v1" },
			imageHosts: ["xn--bcher-kva.example", "images.example:8443"],
		});
	});

	it("reads a secret from the file that NAME_FILE names, and refuses both at once", () => {
		const files = {
			read: (path: string) => (path === "/run/secrets/auth" ? `${"k".repeat(40)}\n` : noFiles.read()),
		};
		expect(parse({ AUTH_SECRET_FILE: "/run/secrets/auth" }, files).authSecret).toBe("k".repeat(40));
		expect(mistakesOf({ AUTH_SECRET_FILE: "/run/secrets/auth", AUTH_SECRET: "x".repeat(32) }, files)).toEqual(
			["AUTH_SECRET: is set twice, also by AUTH_SECRET_FILE. Keep one"],
		);
		expect(mistakesOf({ AUTH_SECRET_FILE: "/missing" })).toEqual([
			"AUTH_SECRET_FILE: the file cannot be read (ENOENT)",
		]);
	});

	it("puts mistakes of the configuration file beside the others, with their path", () => {
		const files = { read: () => JSON.stringify({ models: [{ id: "small", tier: "tiny" }] }) };
		const mistakes = mistakesOf({ PARLEY_CONFIG: "parley.json", PORT: "0" }, files);
		expect(mistakes).toContain("PORT: must be a whole number from 1 to 65535");
		expect(mistakes).toContain("PARLEY_CONFIG: models[0].tier: must be one of small, medium, large");
		expect(mistakesOf({ PARLEY_CONFIG: "gone.json" })).toEqual([
			"PARLEY_CONFIG: the file cannot be read (ENOENT)",
		]);
	});

	it("ends every environment in settings or in mistakes, and no mistake repeats a secret", () => {
		const secrets = Object.entries<Variable>(variables).filter(([, { isSecret }]) => isSecret);
		const secret = fc.string({ minLength: 4 }).map((text) => `§${text}§`);
		fc.assert(
			fc.property(fc.constantFrom(...secrets.map(([name]) => name)), secret, (name, value) => {
				expect(mistakesOf({ [name]: value }).join("\n")).not.toContain("§");
			}),
		);
	});
});

describe("describeSettings", () => {
	it("shows where each value comes from and masks secrets", () => {
		const described = describeSettings(
			{ PORT: "8080", AUTH_SECRET: "hidden", OPENAI_API_KEY_FILE: "/hidden" },
			{ HOST: "0.0.0.0", PORT: "1" },
		);
		const find = (name: string) => described.find((one) => one.name === name);
		expect(find("PORT")).toEqual({ name: "PORT", value: "8080", source: "environment" });
		expect(find("HOST")).toEqual({ name: "HOST", value: "0.0.0.0", source: "file" });
		expect(find("OPENAI_API_KEY")?.source).toBe("file");
		expect(find("PARLEY_SIGN_UP")).toEqual({ name: "PARLEY_SIGN_UP", value: "invite", source: "default" });
		expect(JSON.stringify(described)).not.toContain("hidden");
	});
});

describe(".env.example", () => {
	it("is what the table of settings says (npm run env:example writes it)", () => {
		expect(readFileSync(".env.example", "utf8")).toBe(renderEnvExample());
	});

	it("agrees with docs/configuration.md", () => {
		expect(readFileSync("docs/configuration.md", "utf8")).toBe(renderConfigurationDocs());
	});

	it("holds every setting, and is valid when every line is switched on as it stands", () => {
		const lines = renderEnvExample()
			.split("\n")
			.filter((line) => /^#[A-Z_]+=/.test(line));
		const env = Object.fromEntries(lines.map((line) => line.slice(1).split("=", 2)));
		expect(Object.keys(env)).toEqual(Object.keys(variables));
		expect(mistakesOf(env)).toEqual([]);
	});
});
