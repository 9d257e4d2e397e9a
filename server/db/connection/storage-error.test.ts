import { describe, expect, it } from "vitest";
import { AppError, isAppError } from "../../contract/errors.ts";
import { toStorageError } from "./storage-error.ts";

const withCode = (code: string, cause?: unknown) => Object.assign(new Error("x", { cause }), { code });

describe("toStorageError", () => {
	it.each([
		"ECONNREFUSED",
		"CONNECT_TIMEOUT",
		"CONNECTION_CLOSED",
		"08006",
		"53100",
		"53300",
		"57P01",
		"57P03",
		"57014",
		"55P03",
		"40001",
		"40P01",
		"58030",
	])("takes %s for a database that does not answer", (code) => {
		expect(toStorageError(withCode(code))).toMatchObject({ code: "storage_unavailable" });
	});

	it.each(["23505", "42P01", "22P02", "40002", "ENOENT"])(
		"passes %s on, because it is about the statement",
		(code) => {
			const error = withCode(code);
			expect(toStorageError(error)).toBe(error);
		},
	);

	it("takes whatever kept it from connecting for a database that does not answer", () => {
		const gone = Object.assign(withCode("ENOENT"), { syscall: "connect" });
		expect(toStorageError(gone)).toMatchObject({ code: "storage_unavailable" });
	});

	it("looks through wrappers, and keeps the whole chain as cause", () => {
		const wrapped = new Error("Failed query", { cause: withCode("ECONNRESET") });
		const error = toStorageError(wrapped);
		expect(isAppError(error) && error.code).toBe("storage_unavailable");
		expect(error).toHaveProperty("cause", wrapped);
		const both = new AggregateError([withCode("ECONNREFUSED"), withCode("ECONNREFUSED")]);
		expect(toStorageError(both)).toMatchObject({ code: "storage_unavailable" });
	});

	it("leaves our own errors and things that are no errors alone", () => {
		const own = new AppError("not_found", "x");
		expect(toStorageError(own)).toBe(own);
		expect(toStorageError("x")).toBe("x");
	});
});
