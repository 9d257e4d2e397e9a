import type { Conversation } from "./conversation.ts";

export const hardConversations: readonly Conversation[] = [
	{
		said: [
			"Write a Python function that merges overlapping intervals.",
			"It fails for an empty list, can you fix it?",
		],
		isHard: true,
		goesOn: [
			"Now add type hints.",
			"What is its time complexity?",
			"Do the same without sorting.",
			"And what if they touch?",
		],
	},
	{
		said: [
			"My React component renders twice, here is the code: ```const [a, setA] = useState(0); useEffect(() => load());```",
			"I removed the effect and it still happens",
		],
		isHard: true,
		goesOn: [
			"Why does that happen?",
			"Show me the corrected version",
			"And in production mode?",
			"Is there a cleaner way?",
		],
	},
	{
		said: ["Prove that the square root of 2 is irrational.", "Can the proof be done without contradiction?"],
		isHard: true,
		goesOn: [
			"Why is that step allowed?",
			"Now for the cube root of 3",
			"Make it more rigorous",
			"Where do we use parity?",
		],
	},
	{
		said: ["Solve the differential equation y'' + 4y = sin(2x).", "Use variation of parameters instead"],
		isHard: true,
		goesOn: [
			"What if the right side is cos(2x)?",
			"Check the result",
			"Go on",
			"Show the second step in detail",
		],
	},
	{
		said: [
			"Write an SQL query that finds customers with three orders in a row above 100 dollars.",
			"The table has 50 million rows",
		],
		isHard: true,
		goesOn: [
			"Which index does it need?",
			"Now for the last quarter only",
			"Explain it line by line",
			"It returns duplicates",
		],
	},
	{
		said: [
			"Five people sit in a row. Anna is left of Ben, Carla is not next to Dan. Who sits in the middle?",
			"Eva also refuses to sit at the end",
		],
		isHard: true,
		goesOn: ["Are there other arrangements?", "How did you get that?", "And if Ben moves?", "Check it again"],
	},
	{
		said: ["Implement an LRU cache in Java with O(1) operations.", "Make it thread safe"],
		isHard: true,
		goesOn: [
			"Without synchronized please",
			"Add tests for it",
			"What about expiry?",
			"Could we use a library?",
		],
	},
	{
		said: [
			"A train leaves at 9:15 at 80 km/h, another at 9:45 at 120 km/h. When does the second catch up?",
			"What if the first stops for ten minutes?",
		],
		isHard: true,
		goesOn: ["And with 15 minutes?", "Show the calculation", "Why do you subtract?", "So how far is that?"],
	},
	{
		said: [
			"Extract all names, dates and amounts from this contract as JSON: The lessee Mary Hill pays $1,200 on 1 May 2024 ...",
			"Add the addresses, too",
		],
		isHard: true,
		goesOn: ["Use ISO dates", "The amounts should be numbers", "And for the second page?", "You missed one"],
	},
	{
		said: [
			"Explain why this C++ code leaks memory: ```Node* n = new Node(); list.push(n); list.clear();```",
			"Would a smart pointer help?",
		],
		isHard: true,
		goesOn: ["Which one?", "Show it", "Does that cost speed?", "And with shared ownership?"],
	},
	{
		said: [
			"Compute the probability that at least two of 23 people share a birthday.",
			"And for three people?",
		],
		isHard: true,
		goesOn: ["Why not the other way round?", "With leap years?", "Can you simulate that?", "What about 50?"],
	},
	{
		said: ["Design a regex that matches valid IPv6 addresses.", "It should also accept zone ids"],
		isHard: true,
		goesOn: ["Explain the last group", "It does not match ::1", "Now in Go", "Make it shorter"],
	},
	{
		said: [
			"Refactor this class to use dependency injection: class Mailer { send() { new Smtp().send(); } }",
			"We use TypeScript and no framework",
		],
		isHard: true,
		goesOn: ["How would I test it?", "And the constructor?", "Again with functions", "Why an interface?"],
	},
	{
		said: ["Find the eigenvalues of the matrix [[2,1],[1,3]].", "And the eigenvectors?"],
		isHard: true,
		goesOn: ["Normalise them", "Are they orthogonal?", "Why is that?", "Do it for [[4,1],[2,3]]"],
	},
	{
		said: [
			"Write a bash script that rotates logs older than seven days and uploads them to S3.",
			"It must not run twice at once",
		],
		isHard: true,
		goesOn: [
			"What does line 4 do?",
			"Handle spaces in names",
			"Can cron do this?",
			"Make it dry-run by default",
		],
	},
	{
		said: [
			"If all bloops are razzies and some razzies are lazzies, can we deduce that some bloops are lazzies? It is a logic puzzle.",
			"What if all razzies are lazzies?",
		],
		isHard: true,
		goesOn: ["Draw that as sets", "Why not?", "And the converse?", "Give me another like this"],
	},
	{
		said: ["Derive the time complexity of merge sort with the master theorem.", "And for an uneven split?"],
		isHard: true,
		goesOn: [
			"Which case is that?",
			"Show the recursion tree",
			"So is it still n log n?",
			"What about the worst case?",
		],
	},
	{
		said: [
			"Convert this CSV to a nested JSON grouped by country: name,city,country ...",
			"Sort each group by name",
		],
		isHard: true,
		goesOn: ["Drop empty fields", "And as YAML", "You lost a row", "Use lower-case keys"],
	},
	{
		said: [
			"Debug this: TypeError: Cannot read properties of undefined (reading 'map') in my JavaScript app",
			"The data comes from fetch",
		],
		isHard: true,
		goesOn: ["How do I check that?", "It still crashes", "Where do I put the await?", "ok and now?"],
	},
	{
		said: [
			"Calculate the monthly payment of a loan of 250,000 at 3.5 % over 30 years.",
			"How much interest is that in total?",
		],
		isHard: true,
		goesOn: ["And over 20 years?", "With 10 % down?", "Show the formula", "Which one is cheaper?"],
	},
];
