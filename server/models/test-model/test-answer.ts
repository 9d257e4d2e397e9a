const questionCharactersMax = 280;

/**
 * The test model's one answer: says what it is and how to get a real one, gives the question back, and holds every kind
 * of Markdown that the page renders.
 */
export function toTestAnswer(question: string): string {
	return `**This is Parley's built-in test model**: it gives the same prepared answer to everything. For real answers set \`OPENAI_API_KEY\`, \`ANTHROPIC_API_KEY\` or \`GOOGLE_GENERATIVE_AI_API_KEY\`, point \`OPENAI_BASE_URL\` at a server of your own, or start Ollama; then start Parley again.

## What you asked

${toFence(question)}

Your message has ${count(countWords(question), "word")}.

## What a real answer can hold

1. **Lists**, with *emphasis* and \`inline code\`
2. Code with a copy button
3. Tables and formulas

\`\`\`ts
function greet(name: string): string {
	return \`Hello, \${name}!\`;
}
\`\`\`

| Setting | What it gives |
|---|---|
| \`OPENAI_API_KEY\` | GPT models |
| \`ANTHROPIC_API_KEY\` | Claude models |
| \`OPENAI_BASE_URL\` | vLLM, LM Studio, a gateway |

The tokens of an answer cost, at an output price $p$ in dollars per million,

$$
\\text{cost} = n_{\\text{out}} \\cdot \\frac{p}{10^6}
$$

You can stop me, reload the page, ask again or edit your message: all of that works as it does with a real model.
`;
}

/** The question as a code block, with a fence that the question cannot close. */
function toFence(question: string): string {
	const characters = [...question.trim()];
	const cut =
		characters.slice(0, questionCharactersMax).join("") +
		(characters.length > questionCharactersMax ? "…" : "");
	const longestRun = Math.max(2, ...(cut.match(/`+/g) ?? []).map((run) => run.length));
	const fence = "`".repeat(longestRun + 1);
	return `${fence}text\n${cut || "(nothing)"}\n${fence}`;
}

const countWords = (text: string): number => text.match(/\S+/gu)?.length ?? 0;

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;
