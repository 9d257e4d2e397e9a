import type { SourceFault } from "../source-fault.ts";

/** Faults of reading providers. */
export const modelFaults: readonly SourceFault[] = [
	{
		what: "an unknown finish reason after text is an error",
		file: "server/models/wires/answer/finish-words.ts",
		search: 'table.find(([, pattern]) => pattern.test(letters))?.[0] ?? "other"',
		replace: 'table.find(([, pattern]) => pattern.test(letters))?.[0] ?? "error"',
		tests: ["server/models/wires"],
		isQuick: true,
	},
	{
		what: "an empty finish reason ends an answer",
		file: "server/models/wires/answer/finish-words.ts",
		search: "if (emptyWords.has(letters)) return null;",
		replace: "",
		tests: ["server/models/wires"],
		isQuick: true,
	},
	{
		what: "a later report of 0 tokens replaces the real one",
		file: "server/models/wires/answer/usage-report.ts",
		search: "if (value > 0 || !this.#counts.has(name)) this.#counts.set(name, value);",
		replace: "this.#counts.set(name, value);",
		tests: ["server/models/wires"],
		isQuick: true,
	},
	{
		what: "usage beyond the database's integers is taken",
		file: "server/models/wires/answer/usage-report.ts",
		search: "Number.isInteger(value) && value >= 0 && value <= 0x7fffffff",
		replace: "Number.isInteger(value) && value >= 0",
		tests: ["server/models/wires"],
		isQuick: true,
	},
	{
		what: "text after a filter's verdict is shown",
		file: "server/models/wires/answer/answer-fold.ts",
		search: 'text(piece: string): void {\n\t\tif (this.#meaning === "content-filter") return;',
		replace: "text(piece: string): void {",
		tests: ["server/models"],
	},
	{
		what: "a line that is cut between CR and LF counts as two",
		file: "server/models/wires/body/line-reader.ts",
		search: 'let from = endedWithCr && text.startsWith("\\n") ? 1 : 0;',
		replace: "let from = 0;",
		tests: ["server/models/wires"],
	},
	{
		what: "a character that is cut between two chunks is lost",
		file: "server/models/wires/body/line-reader.ts",
		search: "decoder.decode(chunk, { stream: true })",
		replace: "decoder.decode(chunk)",
		tests: ["server/models/wires"],
		isQuick: true,
	},
	{
		what: "connections to a provider are kept for ever",
		file: "server/models/http/connection-pool.ts",
		search: "if (leftMs < 1) return false;",
		replace: "",
		tests: ["server/models/http"],
	},
];
