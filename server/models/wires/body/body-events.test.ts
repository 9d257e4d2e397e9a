import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBodyEvents } from "./body-events.ts";

const encoder = new TextEncoder();

function read(bytes: Uint8Array, cuts: readonly number[]): string[] {
	const events = createBodyEvents();
	const places = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
	const parts = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
	return [...parts.flatMap((part) => events.push(part)), ...events.end()];
}

const readText = (text: string): string[] => read(encoder.encode(text), []);

/** The standard, read the slow way: the whole text at once. */
function reference(text: string): string[] {
	const events: string[] = [];
	let data: string[] = [];
	for (const line of `${text.replace(/^\uFEFF/, "")}\n\n`.split(/\r\n|\n|\r/)) {
		if (line === "") {
			if (data.join("\n").trim() !== "") events.push(data.join("\n"));
			data = [];
			continue;
		}
		const [, name, value] = /^([^:]*)(?::\x20?(.*))?$/s.exec(line) ?? [];
		if (name === "data") data.push(value ?? "");
	}
	return events;
}

describe("events of a body", () => {
	const end = fc.constantFrom("\n", "\r\n", "\r");
	const data = fc.oneof(
		fc.constantFrom("data: x", "data:y", "data:", "data: [DONE]", 'data: {"a":{"b":"}"}}', "data:{}"),
		fc.string({ unit: "grapheme", maxLength: 12 }).map((text) => `data: ${text.replace(/[\r\n]/g, "")}`),
	);
	const other = fc.constantFrom(": ping", "event: e", "id: 1", "retry: 5", ":");
	const event = fc
		.tuple(fc.array(other), fc.option(data), fc.array(other), end)
		.map(([before, line, after, lineEnd]) =>
			[...before, ...(line ? [line] : []), ...after, "", ""].join(lineEnd),
		);
	const stream = fc.array(event, { maxLength: 12 }).map((events) => events.join(""));

	it("are those of the standard where each has one line of data, wherever the bytes are cut", () => {
		fc.assert(
			fc.property(stream, fc.array(fc.nat(400), { maxLength: 12 }), (text, wanted) => {
				const bytes = encoder.encode(text);
				const cuts = wanted.map((cut) => cut % (bytes.length + 1));
				expect(read(bytes, cuts)).toEqual(reference(text));
			}),
			{ numRuns: 2_000 },
		);
	});

	it("are the same at every two-part split, with characters of every length and line ends of every kind", () => {
		const text = [
			'\uFEFFdata: {"a":"é漢👩‍🚀"}\r\n\r\ndata: {"b":\rdata: 1}\r\r\n: ping\ndata: {"c":1}\ndata: {"d":"\\"}"}\n\n',
			'{"e":\n\n [1, {}]}\n{"f":2}\n[{"g":3},\n{"h":4}]\ndata: [DONE] ',
		].join("");
		const bytes = encoder.encode(text);
		const whole = read(bytes, []);
		expect(whole).toHaveLength(9);
		for (let cut = 0; cut <= bytes.length; cut += 1) expect(read(bytes, [cut])).toEqual(whole);
		expect(read(bytes, Array.from(bytes.keys()))).toEqual(whole);
	});

	it.each<[what: string, text: string, events: string[]]>([
		["a last event without a blank line", 'data: {"a":1}\n\ndata: {"b":2}\n', ['{"a":1}', '{"b":2}']],
		["a last event without a line end", 'data: {"a":1}\n\ndata: [DONE]', ['{"a":1}', "[DONE]"]],
		["events with one line feed between them", 'data: {"a":1}\ndata: {"b":2}\n\n', ['{"a":1}', '{"b":2}']],
		["an end mark directly behind an event", 'data: {"a":1}\ndata: [DONE]\n\n', ['{"a":1}', "[DONE]"]],
		["an object over several data lines", 'data: {"a":\ndata: 1}\n\n', ['{"a":\n1}']],
		["an object whose first line alone has data:", 'data: {"a":\n "b"}\n\n', ['{"a":\n "b"}']],
		["empty data", 'data:\n\ndata: \n\ndata: {"a":1}\n\n', ['{"a":1}']],
		["one JSON document", '{"a":{"b":"}"}}', ['{"a":{"b":"}"}}']],
		["a JSON document over several lines", '{\n\n "a": 1\n}\n', ['{\n\n "a": 1\n}']],
		["one JSON document a line", '{"a":1}\n{"b":2}\n', ['{"a":1}', '{"b":2}']],
		["an array of objects", '[{"a":1},\n{"b":[{}]}\n]', ['{"a":1}', '{"b":[{}]}']],
		["JSON, then an event", '{"a":1}\n\ndata: [DONE]\n\n', ['{"a":1}', "[DONE]"]],
		["JSON that breaks off before an event", '{"a":\ndata: [DONE]\n\n', ['{"a":', "[DONE]"]],
		["a field that no standard knows", 'data: {"a":1}\nfoo: bar\n\n', ['{"a":1}']],
		["an error that says so", 'event: error\ndata: {"error":{}}\n\n', ['{"error":{}}']],
		["an error by its event alone", 'event: error\ndata: {"code":5}\n\n', ['{"error":{"code":5}}']],
		["an error in words", "event: error\ndata: too busy\n\n", ['{"error":"too busy"}']],
		["an event after an error", 'event: error\ndata: x\n\ndata: {"a":1}\n\n', ['{"error":"x"}', '{"a":1}']],
		["an object that never ends", 'data: {"a":1}\n\ndata: {"b', ['{"a":1}', '{"b']],
	])("are read from %s", (_, text, events) => {
		expect(readText(text)).toEqual(events);
	});

	it("come as soon as the next one begins, also without a blank line", () => {
		const events = createBodyEvents();
		expect(events.push(encoder.encode('data: {"a":1}\ndata: {"b":2}\n'))).toEqual(['{"a":1}', '{"b":2}']);
		expect(events.push(encoder.encode('{"c":3}\n'))).toEqual(['{"c":3}']);
	});
});
