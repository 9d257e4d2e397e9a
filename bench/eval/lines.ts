/**
 * Answers every JSON line of standard input with a line of standard output, in order; with nothing for `undefined`. A line that cannot be
 * answered is named on standard error, and ends the process with exit code 2.
 */
export async function answerLines(answer: (line: unknown) => Promise<unknown>): Promise<void> {
	let count = 0;
	for await (const line of readLines()) {
		count++;
		if (line.trim() === "") continue;
		try {
			const reply = await answer(JSON.parse(line));
			if (reply !== undefined) process.stdout.write(`${JSON.stringify(reply)}\n`);
		} catch (error) {
			process.stderr.write(`Line ${count}: ${error instanceof Error ? error.message : String(error)}\n`);
			process.exitCode = 2;
			return;
		}
	}
}

/** By line feeds alone: `node:readline` also ends a line at U+2028, which JSON may have inside of a string. */
async function* readLines(): AsyncGenerator<string> {
	let rest = "";
	for await (const chunk of process.stdin.setEncoding("utf8")) {
		const lines = `${rest}${chunk}`.split("\n");
		rest = lines.pop() ?? "";
		yield* lines;
	}
	yield rest;
}
