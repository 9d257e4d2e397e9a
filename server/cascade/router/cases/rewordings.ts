import { chatRewordings } from "./chat-rewordings.ts";

/** Requests, each in several wordings that ask for the same. */
export const rewordings: readonly (readonly [string, ...string[]])[] = [
	[
		"Write a Python function that reverses a linked list.",
		"Could you code up a function in Python for reversing a linked list?",
		"I need python code which reverses a singly linked list",
	],
	[
		"Fix the bug in this JavaScript: ```for (let i = 0; i <= a.length; i++) sum += a[i];```",
		"This JavaScript loop is wrong, please repair it: ```for (let i = 0; i <= a.length; i++) sum += a[i];```",
		"What is the mistake here? ```for (let i = 0; i <= a.length; i++) sum += a[i];```",
	],
	[
		"Write an SQL query that returns the second highest salary.",
		"How do I get the second highest salary with SQL?",
		"Give me the SQL for selecting the second largest salary",
	],
	[
		"Implement a binary search tree in C++.",
		"Please write a C++ implementation of a binary search tree.",
		"I want a binary search tree coded in C++",
	],
	[
		"Explain what this regex matches: ^\\d{3}-\\d{4}$",
		"What does the regular expression ^\\d{3}-\\d{4}$ match?",
		"Tell me what the regex ^\\d{3}-\\d{4}$ does",
	],
	[
		"How do I center a div with CSS?",
		"What is the way to center a div in CSS?",
		"Show me the CSS for centering a div",
	],
	["Solve the equation 3x + 5 = 20.", "What is x if 3x + 5 = 20?", "Find x such that 3x + 5 = 20"],
	[
		"What is the derivative of x^3 * ln(x)?",
		"Differentiate x^3 * ln(x).",
		"Compute d/dx of x^3 * ln(x), the derivative please",
	],
	[
		"Prove that there are infinitely many prime numbers.",
		"Give a proof that the prime numbers never end.",
		"Show me the proof of the infinitude of prime numbers",
	],
	[
		"If I roll two dice, what is the probability that the sum is 8?",
		"Two dice are thrown. Compute the probability of a sum of 8.",
		"What's the probability of rolling a total of 8 with two dice?",
	],
	[
		"A shirt costs 40 dollars after a 20 percent discount. How much was it before?",
		"After 20 percent off, a shirt is 40 dollars. How much did it cost originally?",
		"How much was a shirt that is 40 dollars now, after a discount of 20 percent?",
	],
	[
		"Calculate the area of a triangle with sides 5, 6 and 7.",
		"What is the area of a triangle whose sides are 5, 6 and 7?",
		"A triangle has the sides 5, 6 and 7; find its area",
	],
	[
		"Tom is older than Ann, Ann is older than Bob. Who is the youngest?",
		"Ann is older than Bob and younger than Tom, who is older than both. Which person is the youngest?",
		"Bob is younger than Ann. Tom is older than Ann. Who's youngest of them?",
	],
	[
		"Solve this riddle: the more you take, the more you leave behind.",
		"Here is a riddle: you leave more behind the more you take. What is it?",
		"Can you answer this riddle? The more of them you take, the more you leave behind.",
	],
	[
		"Extract the names and dates from this text as JSON: Anna met Paul on 3 May.",
		"From the text 'Anna met Paul on 3 May' return names and dates in JSON format.",
		"Give me JSON with all names and dates in: Anna met Paul on 3 May.",
	],
	[
		"Convert the following data to a CSV table: apples 3, pears 5.",
		"Turn this into CSV: apples 3, pears 5",
		"apples 3, pears 5 - please give me that data as CSV",
	],
	[
		"Why does my Docker container exit at once? It runs node server.js",
		"My docker container running node server.js stops immediately. What is the reason?",
		"The Docker container with node server.js exits right after start, debug it",
	],
	[
		"Compare quicksort and merge sort in time complexity.",
		"How do merge sort and quicksort differ in time complexity?",
		"What are the differences in time complexity of quicksort and merge sort?",
	],
	[
		"Write a unit test for a function that parses dates.",
		"Please create unit tests for a date parsing function",
		"I'd like unit tests that cover a function for parsing dates",
	],
	[
		"Refactor this function so that it has no side effects: function add(x) { total += x; }",
		"Make this function pure by refactoring it: function add(x) { total += x; }",
		"How would you refactor function add(x) { total += x; } to have no side effects?",
	],
	...chatRewordings,
];
