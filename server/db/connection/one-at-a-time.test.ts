import { describe, expect, it } from "vitest";
import { createRequestGate, splitRequests } from "./one-at-a-time.ts";

const message = (type: string, body = "") => {
	const bytes = Buffer.alloc(5 + Buffer.byteLength(body));
	bytes.write(type, 0);
	bytes.writeUInt32BE(bytes.length - 1, 1);
	bytes.write(body, 5);
	return bytes;
};
const startUp = Buffer.from([0, 0, 0, 8, 0, 3, 0, 0]);
const query = message("Q", "select 1");
const describing = Buffer.concat([message("P", "S H Q"), message("D"), message("H")]);
const running = Buffer.concat([message("B"), message("E"), message("S")]);

describe("a gate for requests", () => {
	it("sends one request after the answer to the other, also of those that were written together", () => {
		const sent: Buffer[] = [];
		let isWaiting = false;
		const gate = createRequestGate(
			(bytes) => {
				sent.push(bytes);
				isWaiting = true;
			},
			() => isWaiting,
		);
		const answer = () => {
			isWaiting = false;
			gate.noteReceived();
		};
		gate.write(startUp);
		gate.write(Buffer.concat([query, describing]));
		expect(sent).toEqual([startUp]);
		answer();
		expect(sent).toEqual([startUp, query]);
		gate.noteReceived();
		expect(sent).toHaveLength(2);
		answer();
		expect(sent).toEqual([startUp, query, describing]);
		answer();
		gate.write(running);
		expect(sent).toEqual([startUp, query, describing, running]);
	});

	it("sends at once what belongs to the request that is under way, such as a password", () => {
		const sent: Buffer[] = [];
		const gate = createRequestGate(
			(bytes) => sent.push(bytes),
			() => sent.length > 0,
		);
		gate.write(startUp);
		gate.write(message("p", "SCRAM-SHA-256"));
		gate.write(query);
		expect(sent).toEqual([startUp, message("p", "SCRAM-SHA-256")]);
	});

	it("cuts after Query, Sync and Flush, and loses no byte", () => {
		const end = message("X");
		const bytes = Buffer.concat([query, describing, running, end]);
		expect(splitRequests(bytes)).toEqual([query, describing, running, end]);
		expect(splitRequests(end)).toEqual([end]);
	});
});
