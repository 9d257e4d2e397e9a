import { userInfo } from "node:os";
import { describe, expect, it } from "vitest";
import { AddressMistake, parseDatabaseAddress } from "./database-address.ts";

const me = userInfo().username;
const usual = {
	host: "db.example.com",
	port: 5432,
	socketPath: null,
	user: "ann",
	password: "secret",
	database: "parley",
	tls: null,
	options: null,
};

describe("a database address", () => {
	it.each([
		["postgres://ann:secret@db.example.com/parley", {}],
		["postgresql://ann:secret@db.example.com:6543/parley", { port: 6543 }],
		["postgres://ann:secret@[::1]:6543/parley", { host: "::1", port: 6543 }],
		["postgres://ann:secret@127.0.0.1/parley", { host: "127.0.0.1" }],
		["postgres://ann:secret@bücher.example/parley", { host: "xn--bcher-kva.example" }],
		["postgres://ann:secret@db.example.com", { database: "ann" }],
		["postgres:///parley", { host: "localhost", user: me, password: "" }],
		["postgres://ann:p@ss:word@db.example.com/parley", { password: "p@ss:word" }],
		[
			"postgres://a%40b:%23%2F%3F%25%20ü@db.example.com/my%2Fdb",
			{ user: "a@b", password: "#/?% ü", database: "my/db" },
		],
		[
			"postgres:///parley?host=/run/postgresql",
			{ host: "/run/postgresql", socketPath: "/run/postgresql/.s.PGSQL.5432", user: me, password: "" },
		],
		[
			"postgres://ann:secret@%2Ftmp%2Fsockets:6543/parley?sslmode=require",
			{ host: "/tmp/sockets", port: 6543, socketPath: "/tmp/sockets/.s.PGSQL.6543" },
		],
		[
			"postgres://ann:secret@/parley?host=/run/x&port=1&application_name=other&connect_timeout=3",
			{ host: "/run/x", port: 1, socketPath: "/run/x/.s.PGSQL.1" },
		],
		["postgres://db.example.com/?user=ann&password=secret&dbname=parley", {}],
		["postgres://ann:secret@db.example.com/parley?options=endpoint%3Da", { options: "endpoint=a" }],
		["postgres://ann:secret@db.example.com/parley?sslmode=disable", {}],
	])("reads %s as libpq does", (text, difference) => {
		expect(parseDatabaseAddress(text)).toEqual({ ...usual, ...difference });
	});

	it.each([
		["sslmode=prefer", { mode: "prefer" }],
		["sslmode=require&channel_binding=prefer", { mode: "require" }],
		["sslmode=require&sslrootcert=/a/ca.pem", { mode: "verify-ca", rootCert: "/a/ca.pem" }],
		["sslmode=verify-full", { mode: "verify-full" }],
		["sslmode=verify-full&sslrootcert=system", { mode: "verify-full" }],
		[
			"sslmode=verify-full&sslrootcert=%2Fa%20b&sslcert=c&sslkey=k",
			{ mode: "verify-full", rootCert: "/a b", cert: "c", key: "k" },
		],
	])("reads %s", (query, difference) => {
		const { tls } = parseDatabaseAddress(`postgres://ann:secret@db.example.com/parley?${query}`);
		expect(tls).toEqual({ rootCert: null, cert: null, key: null, ...difference });
	});

	it.each([
		["localhost:5432", /must look like postgres:/],
		["mysql://ann:hidden@host/db", /must look like postgres:/],
		["host=localhost dbname=parley password=hidden", /must be a URL/],
		["postgres://ann:hid#den@host/db", /# is %23/],
		["postgres://ann:hid/den@host/db", /\/ is %2F/],
		["postgres://ann:1/hidden@host/db", /\/ is %2F/],
		["postgres://ann:1?hidden@host/db", /\? is %3F/],
		["postgres://ann:hid%den@host/db", /% is %25/],
		["postgres://ann:hidden@::1/db", /brackets/],
		["postgres://ann:hidden@[host]/db", /no IPv6/],
		["postgres://ann:hidden@host:99999/db", /port/],
		["postgres://ann:hidden@one,two/db", /several hosts/],
		["postgres://ann:hidden@one:1,two:2/db", /several hosts/],
		["postgres://ann:hidden@host/db?sslmode=on", /sslmode that is not disable, prefer/],
		["postgres://ann:hidden@host/db?sslrootcert=/a", /add sslmode=verify-full/],
		["postgres://ann:hidden@host/db?sslmode=require&sslkey=/a", /together/],
		["postgres://ann:hidden@host/db?ssl=true", /sslmode=require/],
		["postgres://ann:hidden@host/db?pgbouncer=true", /DATABASE_DIRECT_URL/],
		["postgres://ann:hidden@host/db?schema=public", /not known \(schema\)/],
		["postgres://ann:hidden@host/db?channel_binding=require", /remove it/],
	])("says of %s what to change, and never a password", (text, words) => {
		const read = () => parseDatabaseAddress(text);
		expect(read).toThrow(AddressMistake);
		expect(read).toThrow(words);
		expect(read).not.toThrow(/hid/);
	});
});
