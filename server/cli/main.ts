/** `npm run -s parley -- <command>`: the operator's command line. */
import { text } from "node:stream/consumers";
import { runCommand } from "./index.ts";

const readInput = async () => (await text(process.stdin)).replace(/\r?\n$/, "");
const { output, complaint, exitCode } = await runCommand(process.argv.slice(2), { readInput });
if (output !== "") process.stdout.write(`${output}\n`);
if (complaint !== "") process.stderr.write(`${complaint}\n`);
process.exitCode = exitCode;
