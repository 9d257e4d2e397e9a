import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEventStreamParser } from "./event-stream.ts";

const encoder = new TextEncoder();

function read(bytes: Uint8Array, cuts: readonly number[]): string[] {
	const parser = createEventStreamParser();
	const places = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
	return places.slice(1).flatMap((end, index) => parser.push(bytes.subarray(places[index], end)));
}

/** The standard, read the slow way: the whole text at once. */
function reference(text: string): string[] {
	const events: string[] = [];
	let data: string[] = [];
	for (const line of text
		.replace(/^\uFEFF/, "")
		.split(/\r\n|\n|\r/)
		.slice(0, -1)) {
		if (line === "") {
			if (data.length > 0) events.push(data.join("\n"));
			data = [];
			continue;
		}
		const [, name, value] = /^([^:]*)(?::\x20?(.*))?$/s.exec(line) ?? [];
		if (name === "data") data.push(value ?? "");
	}
	return events;
}

describe("createEventStreamParser", () => {
	const line = fc.oneof(
		fc.constantFrom(
			"data: x",
			"data:y",
			"data",
			"data:",
			": ping",
			"event: e",
			"id: 1",
			"",
			"",
			"retry: 5",
			"datax: 1",
		),
		fc.string({ unit: "grapheme", maxLength: 12 }).map((text) => `data: ${text.replace(/[\r\n]/g, "")}`),
	);
	const stream = fc
		.array(fc.tuple(line, fc.constantFrom("\n", "\r\n", "\r")), { maxLength: 30 })
		.map((lines) => lines.flat().join(""));

	it("reads what the standard says, wherever the bytes are cut", () => {
		fc.assert(
			fc.property(stream, fc.array(fc.nat(400), { maxLength: 12 }), (text, wanted) => {
				const bytes = encoder.encode(text);
				const cuts = wanted.map((cut) => cut % (bytes.length + 1));
				expect(read(bytes, cuts)).toEqual(reference(text));
			}),
			{ numRuns: 2_000 },
		);
	});

	it("reads every two-part split of a stream with characters of every length, line ends of every kind", () => {
		const text = 'data: {"a":"é漢👩‍🚀"}\r\n\r\ndata: one\rdata: two\r\r\n: ping\ndata: [DONE]\n\n';
		const bytes = encoder.encode(text);
		for (let cut = 0; cut <= bytes.length; cut++) expect(read(bytes, [cut])).toEqual(reference(text));
		expect(read(bytes, Array.from(bytes.keys()))).toEqual(reference(text));
	});

	it("forgets an event that never ended", () => expect(read(encoder.encode("data: half"), [])).toEqual([]));
});
