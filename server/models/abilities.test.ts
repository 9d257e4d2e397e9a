import { expect, it } from "vitest";
import type { ModelAbility } from "../contract/kinds.ts";
import type { MessagePart } from "../contract/parts.ts";
import { findMissingAbilities, requireAbilities } from "./abilities.ts";

const source = { type: "inline", base64: "aGk=" } as const;
const parts: Record<string, MessagePart> = {
	text: { type: "text", text: "Hi" },
	reasoning: { type: "reasoning", text: "Hm" },
	citation: { type: "citation", title: "t", fromCharacter: 0, toCharacter: 1 },
	image: { type: "image", mediaType: "image/png", source },
	pdf: { type: "file", name: "a.pdf", mediaType: "application/pdf", source },
	notes: { type: "file", name: "a.txt", mediaType: "text/plain", source },
	data: { type: "file", name: "a.json", mediaType: "application/json", source },
	call: { type: "tool-call", callId: "1", toolName: "t", input: {} },
	result: { type: "tool-result", callId: "1", toolName: "t", output: 1 },
	unknown: { type: "unknown" },
};

it.each<[part: string, needed: ModelAbility[]]>([
	["text", []],
	["reasoning", []],
	["citation", []],
	["image", ["images"]],
	["pdf", ["files"]],
	["notes", []],
	["data", []],
	["call", ["tools"]],
	["result", ["tools"]],
])("a part %s needs %j", (name, needed) => {
	const part = parts[name];
	if (!part) throw new Error("There is no such part.");
	const messages = [{ role: "user", parts: [part, part] } as const];
	expect(findMissingAbilities({ id: "m", abilities: [] }, messages)).toEqual(needed);
	expect(findMissingAbilities({ id: "m", abilities: ["images", "files", "tools"] }, messages)).toEqual([]);
});

it("a conversation that a model cannot read is refused with what it lacks", () => {
	const { unknown: _, ...known } = parts;
	const messages = [{ role: "user", parts: Object.values(known) } as const];
	expect(() => requireAbilities({ id: "m", abilities: ["files"] }, messages)).toThrow(
		expect.objectContaining({
			code: "unsupported_content",
			details: { modelId: "m", abilities: ["images", "tools"] },
		}),
	);
	expect(() =>
		requireAbilities({ id: "m", abilities: ["images", "files", "tools"] }, messages),
	).not.toThrow();
});

it("a part of a newer version is read by no model, whatever its abilities", () => {
	const messages = [{ role: "user", parts: [{ type: "unknown" }, { type: "text", text: "Hi" }] } as const];
	expect(() => requireAbilities({ id: "m", abilities: ["images", "files", "tools"] }, messages)).toThrow(
		expect.objectContaining({
			code: "unsupported_content",
			details: { modelId: "m", abilities: ["unknown"] },
		}),
	);
});
