/** `npm run -s parley -- <command>`: the operator's command line. */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { runCommand } from "./index.ts";

/** Reads a line from the terminal without showing what is typed. */
async function askPassword(): Promise<string | null> {
	if (!process.stdin.isTTY) return null;
	const hidden = new Writable({ write: (_piece, _encoding, done) => done() });
	const lines = createInterface({ input: process.stdin, output: hidden, terminal: true });
	try {
		process.stderr.write("Password: ");
		return await lines.question("");
	} finally {
		lines.close();
		process.stderr.write("\n");
	}
}

const readInput = async () => (await text(process.stdin)).replace(/\r?\n$/, "");
const { output, complaint, exitCode } = await runCommand(process.argv.slice(2), { readInput, askPassword });
if (output !== "") process.stdout.write(`${output}\n`);
if (complaint !== "") process.stderr.write(`${complaint}\n`);
process.exitCode = exitCode;
