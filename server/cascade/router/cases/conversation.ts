/** A talk by what the person has said, whether it takes a strong model, and what the person may say next. */
export interface Conversation {
	readonly said: readonly [string, string];
	readonly isHard: boolean;
	/** What goes on with the talk, and is as hard as it. */
	readonly goesOn: readonly string[];
}

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
