/** Ways in which people and programs ask an exam question: instructions before it, after it, or both. */
const frames: readonly ((question: string) => string)[] = [
	(question) =>
		`Answer the question below and say briefly why.\n\nQuestion: ${question}\n\nWrite the answer on its own line.`,
	(question) =>
		`You are an expert. Read the task carefully, think it through and give one final answer.\n\nTask:\n${question}\n\nEnd with "Final answer:" and your choice.`,
	(question) =>
		`Please help me with this exercise from my course:\n\n${question}\n\nExplain your reasoning in two or three sentences, then give the result.`,
	(question) => `${question}\n\nReturn your answer as JSON with the fields "answer" and "explanation".`,
	(question) =>
		`Context: none\n\nQuestion:\n${question}\n\nInstructions: keep the explanation short and put the answer in brackets.`,
	(question) =>
		`I found this question in a quiz and I am not sure about it. ${question}\nWhat do you think is right, and why?`,
	(question) =>
		`Choose the most likely correct option for the following question.\n\n${question}\n\nGive the letter of the correct option only, inside of double brackets.`,
	(question) =>
		`Work on the problem step by step and provide the final answer.\n\n${question}\n\nThe last line has to contain nothing but the answer.`,
];

/** What a data set adds behind its questions. */
const ending = /\n?(Print only a single choice[^\n]*|Answer:\s*)+$/;

export const toFramed = (question: string, at: number): string =>
	(frames[at % frames.length] ?? String)(question.replace(ending, ""));
