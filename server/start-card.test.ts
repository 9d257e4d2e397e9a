import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createStartCard } from "./start-card.ts";

function render(settings: { authSecret?: string; databaseUrl?: string }): string {
	let text = "";
	const card = createStartCard({
		version: "1.0.0",
		settings: {
			authSecret: settings.authSecret ?? null,
			databaseUrl: settings.databaseUrl ?? null,
			dataDir: join(process.cwd(), "data"),
			publicUrl: "http://localhost:3000",
		},
		write: (part) => {
			text += part;
		},
	});
	card.secrets(true);
	card.database();
	card.migrations(14, 1_234);
	card.models([{ name: "Test", providerId: "test", isTest: true }]);
	card.ready({ url: "http://localhost:3000/setup?token=abc" });
	return text.replace(process.versions.node, "24");
}

describe("createStartCard", () => {
	it("tells a first start what was made, what may be set, and how to become the administrator", () => {
		expect(render({})).toBe(`
  Parley 1.0.0
  ✓ Node 24
  ✓ Secrets created in ./data/secrets.json (0600)  set AUTH_SECRET to manage them yourself
  ✓ Database: embedded (./data/pg)                 set DATABASE_URL for PostgreSQL
  ✓ Migrations: 14 applied in 1.2 s
  ! Models: no provider key found, using the built-in test model
      set OPENAI_API_KEY, ANTHROPIC_API_KEY or OPENAI_BASE_URL, or name models in PARLEY_CONFIG
  ✓ Ready on http://localhost:3000

  Create the first administrator (link valid 60 minutes, once):
  http://localhost:3000/setup?token=abc

`);
	});

	it("shows neither the database's password nor the secret", () => {
		const text = render({
			authSecret: "s".repeat(32),
			databaseUrl: "postgres://me:hidden@db.example:5432/chat",
		});
		expect(text).toContain("PostgreSQL at db.example:5432/chat");
		expect(text).not.toMatch(/hidden|ssss/);
	});
});
