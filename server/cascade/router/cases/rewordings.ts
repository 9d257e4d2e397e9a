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
	[
		"Write a poem about autumn.",
		"Please compose a poem on autumn.",
		"Can you write me a little autumn poem?",
	],
	[
		"Draft an email asking my boss for a day off.",
		"Write an email to my boss in which I ask for a day off.",
		"Help me write an email to request a day off from my boss",
	],
	["Hello!", "Hi there", "Hey, good morning"],
	["Thank you so much!", "Thanks a lot", "thx, great"],
	["What is the capital of France?", "Which city is France's capital?", "Tell me the capital city of France"],
	[
		"Who wrote Pride and Prejudice?",
		"Who is the author of Pride and Prejudice?",
		"What's the name of the author of Pride and Prejudice?",
	],
	[
		"Suggest a name for my new puppy.",
		"What could I call my new puppy? Suggest something.",
		"I need ideas for the name of my puppy",
	],
	["Give me a recipe for pancakes.", "How do I make pancakes?", "What is a simple recipe for pancakes?"],
	[
		"Recommend three books about Rome.",
		"Which three books about Rome would you recommend?",
		"I am looking for three good books on Rome, any recommendations?",
	],
	[
		"Translate 'good night' to Japanese.",
		"How do you say 'good night' in Japanese?",
		"What is the Japanese translation of 'good night'?",
	],
	[
		"Summarize the plot of Hamlet.",
		"Give me a short summary of Hamlet's plot.",
		"What happens in Hamlet? Summarize it",
	],
	[
		"Write a short story about a lost cat.",
		"Tell a short story: a cat gets lost. Write it.",
		"Please write me a brief story of a cat that is lost",
	],
	[
		"Pretend to be a grumpy wizard and greet me.",
		"Act as a wizard who is grumpy, and greet me.",
		"Role-play: you are a grumpy wizard greeting me",
	],
	[
		"Rewrite this more politely: Give me the file.",
		"Make this sentence more polite: Give me the file.",
		"How can I say this more politely: Give me the file.",
	],
	[
		"What are good exercises for back pain?",
		"Which exercises help with back pain?",
		"Tell me some exercises against back pain",
	],
	[
		"How do I remove a coffee stain from a shirt?",
		"What is the best way to get a coffee stain out of a shirt?",
		"My shirt has a coffee stain, how can I get rid of it?",
	],
	["Tell me a joke about teachers.", "Do you know a joke about teachers?", "I'd love to hear a teacher joke"],
	[
		"What does the word 'ubiquitous' mean?",
		"What is the meaning of 'ubiquitous'?",
		"Define 'ubiquitous' for me",
	],
	[
		"Plan a weekend in Vienna for two.",
		"What should two people do on a weekend in Vienna?",
		"Give us ideas for a weekend for two in Vienna",
	],
	[
		"Write an invitation to a barbecue on Saturday.",
		"Compose a short invitation for a barbecue that takes place on Saturday.",
		"I need an invitation message for my barbecue this Saturday",
	],
	[
		"Wish my aunt a happy birthday in two sentences.",
		"Write two sentences that wish my aunt a happy birthday.",
		"In two sentences, say happy birthday to my aunt",
	],
	[
		"What is a good present for my father?",
		"Suggest a present for my dad.",
		"Any ideas for what I could give my father as a present?",
	],
	[
		"Write a product description for a wooden watch.",
		"Create a description of a wooden watch for my shop.",
		"I need a product description, it is about a watch made of wood",
	],
	[
		"Proofread this: I has two dog.",
		"Correct this sentence: I has two dog.",
		"Please check the grammar of: I has two dog.",
	],
	["What time zone is Brazil in?", "Which time zone does Brazil use?", "Tell me Brazil's time zone"],
];
