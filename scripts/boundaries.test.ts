import { describe, expect, it } from "vitest";
import { findForeignWrites, findFunctionOwner, refuse } from "./boundaries.ts";
import { findImports } from "./imports.ts";
import { readFunctionFiles } from "./sql-functions.ts";

const value = (source: string) => ({ source, isType: false });
const type = (source: string) => ({ source, isType: true });

describe("the dependency rule", () => {
	it.each([
		["a room imports a room of a higher layer", "server/context/fit.ts", value("../models/index.ts")],
		["a room imports a room of its own layer", "server/context/fit.ts", value("../cascade/index.ts")],
		["durable turns know the corridor", "server/turns/live-turns.ts", type("../chat/index.ts")],
		["the corridor passes by a door", "server/chat/run-turn.ts", value("../context/fit.ts")],
		["a page reaches into the server", "app/page.tsx", value("@/server/services.ts")],
		["a component takes a value from the server", "components/chat/a.tsx", value("@/server/client")],
		["a component takes what needs a package", "components/chat/a.tsx", value("@/server/contract/turn")],
		["a component knows a page", "components/chat/a.tsx", value("@/app/page")],
		["the AI SDK leaves its room", "server/chat/run-turn.ts", value("@ai-sdk/openai")],
		["the AI SDK reaches the browser", "components/chat/a.tsx", value("ai")],
		["postgres leaves the stores", "server/chat/chat.ts", value("postgres")],
		["the contract imports a room", "server/contract/turn.ts", value("../chat/index.ts")],
		["the server uses the alias", "server/chat/chat.ts", value("@/server/ids")],
		["an ending is missing", "server/chat/chat.ts", value("../ids")],
		["the client gives a value", "server/client/index.ts", value("../routers/index.ts")],
		["the server imports a component", "server/chat/chat.ts", value("../../components/x.tsx")],
	])("refuses when %s", (_, file, found) => {
		expect(refuse(file, found)).toEqual(expect.any(String));
	});

	it.each([
		["server/chat/run-turn.ts", value("../context/index.ts")],
		["server/chat/run-turn.ts", type("postgres")],
		["server/context/fit.ts", value("../contract/errors.ts")],
		["server/client/index.ts", type("../routers/index.ts")],
		["components/chat/a.tsx", type("@/server/client")],
		["components/chat/a.tsx", value("@/server/contract/fold")],
		["app/page.tsx", value("@/server/caller")],
		["drizzle/schema/chat.ts", value("../../server/contract/turn-status.ts")],
	])("allows %s what its place allows", (file, found) => {
		expect(refuse(file, found)).toBeNull();
	});

	it("refuses SQL that writes to a table of another room", () => {
		const statement = "const rows = sql`update turns set status = 'failed'`";
		expect(findForeignWrites("server/auth/accounts/users.ts", statement)).toEqual(["turns"]);
		expect(findForeignWrites("server/turns/sweep.ts", statement)).toEqual([]);
		expect(findForeignWrites("server/turns/close-turn.ts", "insert into ledger select 1")).toEqual([]);
		expect(findForeignWrites("server/turns/sweep.ts", "insert into ledger select 1")).toEqual(["ledger"]);
		expect(findForeignWrites("server/quota/plans.ts", "tx.orm.insert(auditLog).values({})")).toEqual([
			"audit_log",
		]);
		expect(findForeignWrites("server/quota/plans.ts", "tx.orm.update(plans).set({})")).toEqual([]);
	});

	it("refuses a function of the database that writes to a table of another room than its owner", () => {
		const text = "UPDATE turns SET status = 'failed' WHERE id = p_turn;";
		expect(findForeignWrites("drizzle/functions/settle_quota.sql", text)).toEqual(["turns"]);
		expect(findForeignWrites("drizzle/functions/top_up_quota.sql", text)).toEqual([]);
		expect(findForeignWrites("drizzle/functions/top_up_quota.sql", "DELETE FROM ledger")).toEqual(["ledger"]);
		expect(findForeignWrites("drizzle/functions/settle_quota.sql", "UPDATE quota_buckets SET a = 1")).toEqual(
			[],
		);
	});

	it("knows the owner of every function of the database", () => {
		const names = readFunctionFiles().map(({ name }) => name);
		expect(names.filter((name) => !findFunctionOwner(`drizzle/functions/${name}.sql`))).toEqual([]);
	});

	it("reads imports as a compiler would: types, re-exports, many lines, dynamic ones", () => {
		const text = [
			'import type { A } from "./a.ts";',
			'import { type B, type C } from "./b.ts";',
			'import {\n\ttype D,\n\te,\n} from "./d.ts";',
			'export * from "./f.ts";',
			'import "./g.css";',
			'const h = await import("./h.ts");',
		].join("\n");
		expect(findImports(text)).toEqual([
			type("./a.ts"),
			type("./b.ts"),
			...["./d.ts", "./f.ts", "./g.css", "./h.ts"].map(value),
		]);
	});
});
