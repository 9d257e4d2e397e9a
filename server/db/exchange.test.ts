import { describe, expect, it } from "vitest";
import { createExchange } from "./exchange.ts";

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

/** A connection on which the first ReadyForQuery was heard. */
function open() {
	const exchange = createExchange();
	exchange.ask(startUp);
	exchange.hear(Buffer.concat([message("R", "0000"), message("S", "a long parameter status"), ready]));
	return exchange;
}

describe("an exchange", () => {
	it("is open, and waits for nobody, after the first ReadyForQuery", () => {
		const exchange = createExchange();
		expect(exchange).toMatchObject({ hasBegun: false, isOpen: false, isWaiting: false });
		exchange.ask(startUp);
		expect(exchange).toMatchObject({ hasBegun: true, isOpen: false, isWaiting: true });
		exchange.hear(message("R", "0000"));
		expect(exchange).toMatchObject({ isOpen: false, isWaiting: true });
		exchange.hear(ready);
		expect(exchange).toMatchObject({ isOpen: true, isWaiting: false });
	});

	it("waits until the last of many questions at once is answered whole, wherever the bytes are cut", () => {
		const answers = Buffer.concat([message("D", "Z\0\0\0\u0005I"), ready, message("D", "row"), ready]);
		for (let cut = 1; cut < answers.length; cut++) {
			const exchange = open();
			exchange.ask(Buffer.concat([message("B", "S\0\0\0\u0004"), message("E"), sync]));
			exchange.ask(message("Q", "select 1"));
			exchange.hear(answers.subarray(0, cut));
			expect(exchange.isWaiting).toBe(true);
			exchange.hear(answers.subarray(cut));
			expect(exchange.isWaiting).toBe(false);
		}
	});

	it("waits for some answer to a question without an end mark, and for none to a notification", () => {
		const exchange = open();
		exchange.ask(Buffer.concat([message("P", "select $1"), message("H")]));
		expect(exchange.isWaiting).toBe(true);
		exchange.hear(message("1"));
		expect(exchange.isWaiting).toBe(false);
		exchange.hear(message("A", "a notification"));
		expect(exchange.isWaiting).toBe(false);
	});
});
