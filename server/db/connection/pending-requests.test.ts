import { describe, expect, it } from "vitest";
import { trackRequests } from "./pending-requests.ts";

const message = (type: string, body = "") => {
	const bytes = Buffer.alloc(5 + Buffer.byteLength(body));
	bytes.write(type, 0);
	bytes.writeUInt32BE(bytes.length - 1, 1);
	bytes.write(body, 5);
	return bytes;
};
const startUp = Buffer.from([0, 0, 0, 8, 0, 3, 0, 0]);
const sync = message("S");
const ready = message("Z", "I");

/** A connection that has received its first ReadyForQuery. */
function open() {
	const requests = trackRequests();
	requests.noteSent(startUp);
	requests.noteReceived(
		Buffer.concat([message("R", "0000"), message("S", "a long parameter status"), ready]),
	);
	return requests;
}

describe("the pending requests of a connection", () => {
	it("are none once the first ReadyForQuery has opened the connection", () => {
		const requests = trackRequests();
		expect(requests).toMatchObject({ hasSent: false, isOpen: false, isWaiting: false });
		requests.noteSent(startUp);
		expect(requests).toMatchObject({ hasSent: true, isOpen: false, isWaiting: true });
		requests.noteReceived(message("R", "0000"));
		expect(requests).toMatchObject({ isOpen: false, isWaiting: true });
		requests.noteReceived(ready);
		expect(requests).toMatchObject({ isOpen: true, isWaiting: false });
	});

	it("last until the last of several is answered whole, wherever the bytes are cut", () => {
		const answers = Buffer.concat([message("D", "Z\0\0\0\u0005I"), ready, message("D", "row"), ready]);
		for (let cut = 1; cut < answers.length; cut++) {
			const requests = open();
			requests.noteSent(Buffer.concat([message("B", "S\0\0\0\u0004"), message("E"), sync]));
			requests.noteSent(message("Q", "select 1"));
			requests.noteReceived(answers.subarray(0, cut));
			expect(requests.isWaiting).toBe(true);
			requests.noteReceived(answers.subarray(cut));
			expect(requests.isWaiting).toBe(false);
		}
	});

	it("ask for a description until it has come whole, also behind another request; a notification is no answer", () => {
		const describe = Buffer.concat([message("P", "select $1"), message("D", "S"), message("H")]);
		for (const end of [message("T", "one column"), message("n"), message("E", "an error")]) {
			const requests = open();
			requests.noteSent(message("Q", "select 1"));
			requests.noteSent(describe);
			requests.noteReceived(Buffer.concat([message("T", "a column"), message("C", "SELECT 1"), ready]));
			expect(requests.isWaiting).toBe(true);
			requests.noteReceived(
				Buffer.concat([message("1"), message("t", "a type"), message("A", "a notification")]),
			);
			expect(requests.isWaiting).toBe(true);
			requests.noteReceived(end);
			expect(requests.isWaiting).toBe(false);
			requests.noteReceived(message("A", "a notification"));
			expect(requests.isWaiting).toBe(false);
		}
	});

	it("read a part of a cursor's rows until the portal is suspended or complete", () => {
		for (const end of [message("s"), message("C", "SELECT 1")]) {
			const requests = open();
			requests.noteSent(Buffer.concat([message("B", "portal"), message("E", "portal"), message("H")]));
			requests.noteReceived(Buffer.concat([message("2"), message("D", "a row")]));
			expect(requests.isWaiting).toBe(true);
			requests.noteReceived(end);
			expect(requests.isWaiting).toBe(false);
		}
	});
});
