/** A talk by what the person has said, whether it takes a strong model, and what the person may say next. */
export interface Conversation {
	readonly said: readonly [string, string];
	readonly isHard: boolean;
	/** What goes on with the talk, and is as hard as it. */
	readonly goesOn: readonly string[];
}

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

export const easyConversations: readonly Conversation[] = [
	{
		said: ["Write a birthday poem for my grandmother.", "She loves gardening"],
		isHard: false,
		goesOn: ["Make it shorter", "A bit funnier please", "Mention her roses", "Another one"],
	},
	{
		said: ["What is a good recipe for banana bread?", "I have no eggs"],
		isHard: false,
		goesOn: ["And without sugar?", "How long does it keep?", "Can I freeze it?", "What else can I add?"],
	},
	{
		said: [
			"Draft a polite email to my landlord about the broken heating.",
			"Mention that it is the second time",
		],
		isHard: false,
		goesOn: ["More formal", "Leave out the last sentence", "Now in German", "Add a greeting"],
	},
	{
		said: ["Recommend some movies for a rainy evening.", "I liked Amelie"],
		isHard: false,
		goesOn: ["Anything newer?", "No horror please", "Which one is the funniest?", "More like that"],
	},
	{
		said: ["Translate 'where is the train station' to Spanish.", "And to Italian"],
		isHard: false,
		goesOn: ["And Portuguese?", "How is it pronounced?", "The polite form", "Now the airport"],
	},
	{
		said: ["Who was Marie Curie?", "When did she get her second Nobel prize?"],
		isHard: false,
		goesOn: ["And her husband?", "Where was she born?", "Tell me more", "What about her daughter?"],
	},
	{
		said: [
			"Summarize this article in three sentences: The city council voted on Tuesday ...",
			"Leave out the names",
		],
		isHard: false,
		goesOn: ["Even shorter", "As one tweet", "Friendlier tone", "And a title for it"],
	},
	{
		said: ["Suggest names for a coffee shop.", "It is near a harbour"],
		isHard: false,
		goesOn: ["More like the third", "Shorter ones", "Something French", "And a slogan"],
	},
	{
		said: ["Pretend you are a pirate and tell me about your day.", "Tell me about your parrot"],
		isHard: false,
		goesOn: ["And then?", "What did the captain say?", "Go on", "Haha, again"],
	},
	{
		said: ["What should I visit in Lisbon in two days?", "I do not like museums"],
		isHard: false,
		goesOn: ["And in the evening?", "Where to eat?", "With kids?", "What about the beach?"],
	},
	{
		said: ["Write a short story about a dragon who is afraid of fire.", "Give it a happy end"],
		isHard: false,
		goesOn: ["Continue", "Add a friend", "For small children", "What is the dragon called?"],
	},
	{
		said: ["What does 'serendipity' mean?", "Use it in a sentence"],
		isHard: false,
		goesOn: ["Another one", "A synonym?", "Where does it come from?", "And the adjective?"],
	},
	{
		said: ["Give me tips for falling asleep faster.", "I work late shifts"],
		isHard: false,
		goesOn: ["And without pills?", "What about tea?", "Which one works best?", "Any apps?"],
	},
	{
		said: ["Rewrite this sentence to sound friendlier: Send me the report now.", "It goes to my boss"],
		isHard: false,
		goesOn: ["Less stiff", "Another version", "With a reason", "And as a chat message?"],
	},
	{
		said: ["What is the capital of Australia?", "And of New Zealand?"],
		isHard: false,
		goesOn: ["Which is bigger?", "And Fiji?", "Since when?", "What do people do there?"],
	},
	{
		said: ["Write a cheerful invitation for a garden party.", "It starts at four"],
		isHard: false,
		goesOn: ["Add a dress code", "Shorter", "With a rhyme", "And in French"],
	},
	{
		said: ["How do I get a red wine stain out of a carpet?", "It is wool"],
		isHard: false,
		goesOn: ["And if it is dry?", "Can I use salt?", "How long do I wait?", "What about vinegar?"],
	},
	{
		said: ["Tell me a joke about cats.", "One more"],
		isHard: false,
		goesOn: ["Now about dogs", "A longer one", "I do not get it", "lol another"],
	},
	{
		said: ["What are good gifts for a ten year old?", "She likes horses"],
		isHard: false,
		goesOn: ["Cheaper ones", "And for her brother?", "Something to read?", "Which would you take?"],
	},
	{
		said: [
			"Correct the grammar: He go to school yesterday and buyed a apple.",
			"Is it right with 'has gone'?",
		],
		isHard: false,
		goesOn: ["Why?", "And in the plural?", "Give me an example", "One more like this"],
	},
];

/** What ends a talk, or begins another: as hard as it is itself, whatever stood before. */
export const ownWeight: readonly { readonly text: string; readonly isHard: boolean }[] = [
	{ text: "Thanks, that helps a lot!", isHard: false },
	{ text: "Perfect, thank you.", isHard: false },
	{ text: "Great, have a nice day", isHard: false },
	{ text: "ok cool", isHard: false },
	{
		text: "Something else: what is the capital of Portugal and what is it known for among tourists?",
		isHard: false,
	},
	{
		text: "Please write a friendly birthday message for my colleague Tom, who turns forty on Friday.",
		isHard: false,
	},
	{
		text: "Could you recommend a few relaxing board games for two players on a rainy weekend?",
		isHard: false,
	},
	{
		text: "Write a Rust function that parses a date such as 2024-05-01 and returns the day of the week.",
		isHard: true,
	},
	{
		text: "Solve the system of equations 3x + 2y = 12 and x - y = 1 and show each step of the way.",
		isHard: true,
	},
	{
		text: "Write a SQL query that joins orders and customers and returns the ten best customers of each month.",
		isHard: true,
	},
];
