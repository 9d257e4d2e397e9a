import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureSecrets } from "./secrets.ts";

let root: string;
beforeAll(async () => {
	root = await mkdtemp(join(tmpdir(), "parley-secrets-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe("ensureSecrets", () => {
	it("gives every one of many processes that start at once the same secrets, and leaves one private file", async () => {
		const dataDir = join(root, "many");
		const all = await Promise.all(Array.from({ length: 20 }, () => ensureSecrets(dataDir)));
		expect(new Set(all.map(({ authSecret }) => authSecret)).size).toBe(1);
		expect(new Set(all.map(({ databasePassword }) => databasePassword)).size).toBe(1);
		expect(all.filter(({ isNew }) => isNew)).toHaveLength(1);
		expect(await readdir(dataDir)).toEqual(["secrets.json"]);
		expect((await stat(join(dataDir, "secrets.json"))).mode & 0o777).toBe(0o600);
	});

	it("makes secrets of 32 characters or more that no two installations share", async () => {
		const [one, two] = await Promise.all([
			ensureSecrets(join(root, "one")),
			ensureSecrets(join(root, "two")),
		]);
		expect(one.authSecret.length).toBeGreaterThanOrEqual(32);
		expect(one.authSecret).not.toBe(two.authSecret);
	});

	it("closes a file that others may read", async () => {
		const dataDir = join(root, "open");
		await ensureSecrets(dataDir);
		await chmod(join(dataDir, "secrets.json"), 0o644);
		await ensureSecrets(dataDir);
		expect((await stat(join(dataDir, "secrets.json"))).mode & 0o777).toBe(0o600);
	});

	it("refuses a damaged file instead of replacing the key to the database, and does not print it", async () => {
		const dataDir = join(root, "damaged");
		await ensureSecrets(dataDir);
		await writeFile(join(dataDir, "secrets.json"), '{"authSecret":"hidden"');
		await expect(ensureSecrets(dataDir)).rejects.toThrow(/secrets\.json is damaged/);
		await expect(ensureSecrets(dataDir)).rejects.not.toThrow(/hidden/);
		expect(await readFile(join(dataDir, "secrets.json"), "utf8")).toBe('{"authSecret":"hidden"');
	});

	it("says of another user's folder what to do", async () => {
		const dataDir = join(root, "others");
		await ensureSecrets(dataDir);
		const closed = join(root, "closed");
		await mkdir(closed, { mode: 0o555 });
		// Root may do everything, so it works as another user meanwhile.
		const isRoot = process.getuid?.() === 0;
		await chmod(root, 0o755);
		if (isRoot) process.seteuid?.(65_534);
		else await chmod(join(dataDir, "secrets.json"), 0o000);
		try {
			for (const folder of [dataDir, closed, join(closed, "inside")])
				await expect(ensureSecrets(folder)).rejects.toThrow(
					/cannot be used \(EACCES\).*chown -R.*PARLEY_DATA_DIR/,
				);
		} finally {
			if (isRoot) process.seteuid?.(0);
		}
	});
});
