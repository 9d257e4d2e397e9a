import type { Conversation } from "./conversation.ts";

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
