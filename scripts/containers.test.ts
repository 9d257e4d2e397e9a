import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { parseSettings } from "../server/settings/index.ts";

const composeFile = z.object({
	services: z.record(
		z.string(),
		z.object({
			image: z.string().optional(),
			build: z.string().optional(),
			environment: z.record(z.string(), z.string()).default({}),
			volumes: z.array(z.string()).default([]),
			depends_on: z.record(z.string(), z.object({ condition: z.literal("service_healthy") })).default({}),
			healthcheck: z.object({ test: z.array(z.string()) }).optional(),
		}),
	),
	volumes: z.record(z.string(), z.null()),
});

/** What compose makes of `${NAME:-default}` and `${NAME:?message}`; innermost first. */
function interpolate(text: string, env: Record<string, string>): string {
	const inner = /\$\{(\w+):[-?]([^${}]*)\}/;
	return inner.test(text)
		? interpolate(
				text.replace(inner, (_, name, rest) => env[name] ?? rest),
				env,
			)
		: text;
}

const instructions = readFileSync("Dockerfile", "utf8")
	.replaceAll(/\\\n\s*/g, "")
	.split("\n")
	.filter((line) => line !== "" && !line.startsWith("#"))
	.map((line) => /^([A-Z]+) (.*)$/.exec(line)?.slice(1) ?? ["?", line]);
const of = (name: string) => instructions.filter(([one]) => one === name).map(([, rest]) => rest ?? "");

describe.each(["compose.yaml", "compose.postgres.yaml"])("%s", (path) => {
	const { services, volumes } = composeFile.parse(parse(readFileSync(path, "utf8")));

	it("gives the server settings that it accepts, reachable from outside of its container", () => {
		const env = Object.entries(services.parley?.environment ?? {}).map(([name, value]) => [
			name,
			interpolate(value, { POSTGRES_PASSWORD: "example" }),
		]);
		const settings = parseSettings(Object.fromEntries(env), { read: () => "" });
		expect(settings).toMatchObject({ host: "0.0.0.0", publicUrl: "http://localhost:3000", dataDir: "/data" });
		expect(settings.databaseUrl === null).toBe(path === "compose.yaml");
	});

	it("names every volume it uses, and waits only for services that report their health", () => {
		for (const service of Object.values(services)) {
			for (const volume of service.volumes) expect(volumes).toHaveProperty(volume.split(":")[0] ?? "");
			for (const name of Object.keys(service.depends_on)) expect(services[name]?.healthcheck).toBeDefined();
			expect(service.image ?? service.build).toBeDefined();
		}
	});
});

describe("Dockerfile", () => {
	it("has only instructions that exist, and ends as a user who is not root", () => {
		const known = ["FROM", "WORKDIR", "ENV", "COPY", "RUN", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "CMD"];
		expect(instructions.map(([name]) => name).filter((name) => !known.includes(name ?? ""))).toEqual([]);
		expect(of("USER")).toEqual(["node"]);
		expect(of("FROM").every((image) => image.startsWith("node:24-bookworm-slim"))).toBe(true);
	});

	it("copies what exists, and runs the server's one entry", () => {
		const sources = of("COPY")
			.filter((line) => line.startsWith("--from=build"))
			.flatMap((line) => line.split(" ").slice(1, -1))
			.map((path) => path.replace("/app/", ""));
		const built = ["node_modules", ".next"];
		for (const path of sources.filter((one) => !built.includes(one))) expect(existsSync(path)).toBe(true);
		expect(JSON.parse(of("CMD")[0] ?? "")).toEqual([
			"node",
			"--disable-warning=ExperimentalWarning",
			"server/main.ts",
		]);
	});

	it("starts with settings that the server accepts", () => {
		const env = of("ENV").flatMap((line) => line.split(" ").map((pair) => pair.split("=", 2)));
		expect(parseSettings(Object.fromEntries(env), { read: () => "" })).toMatchObject({
			host: "0.0.0.0",
			dataDir: "/data",
		});
	});
});
