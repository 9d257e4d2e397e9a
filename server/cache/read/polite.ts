/** What people say around a question, at its start and at its end. Each is removed as often as it stands there. */
const starts = [
	/^(?:hi|hello|hey|greetings|good (?:morning|afternoon|evening|day)|dear (?:sir|madam|all|team))(?: there| everyone| all)?\b[\s,.!:;-]*/,
	/^(?:thanks|thank you)(?: (?:so much|very much|a lot))?(?: in advance)?\b[\s,.!:;-]*/,
	/^(?:please|pls|plz|kindly)\b[\s,:-]*/,
	/^(?:excuse me|sorry to (?:bother|disturb) you|quick question|one question|just wondering|question)\b[\s,.!:;-]+/,
	/^(?:can|could|would|will) (?:you|someone|anyone|anybody) (?:please |kindly )?help me(?: out)?\s*(?:[,.!:;?-]+\s*|$)/,
	/^(?:(?:can|could|would|will) (?:you|someone|anyone|anybody) (?:please |kindly )?)?(?:tell|let) me(?: know)?(?: please)?[\s,:-]+(?=(?:what|who|where|when|why|how|which|if|whether|is|are|do|does|can)\b)/,
	/^(?:i (?:would like|want|need|am trying) to know|i (?:was|am) (?:just )?wondering|do you (?:happen to )?know|i would appreciate it if you (?:told|tell) me)\b[\s,:-]*(?=(?:what|who|where|when|why|how|which)\b)/,
	/^(?:can|could|would|will) (?:you|someone|anyone|anybody) (?:please |kindly )?(?=(?:explain|describe|list|define|summarize|translate|show me|give me|tell me|recommend|suggest|write|help me)\b)/,
];
const ends = [
	/[\s,.!?;:-]*\b(?:please|pls|plz|kindly)$/,
	/[\s,.!?;:-]+(?:many thanks|thanks|thank you|thx|cheers)(?: (?:so much|very much|a lot))?(?: in advance| for your help)?$/,
];

/** Of a plain text with contractions written out, what it asks. A text that is nothing but politeness stays as it is. */
export function withoutPoliteness(text: string): string {
	let rest = text;
	for (let before = ""; rest !== before; ) {
		before = rest;
		for (const frame of [...starts, ...ends]) {
			const shorter = rest
				.replace(frame, "")
				.replace(/[\s.?!]+$/, "")
				.trim();
			if (/[\p{L}\p{N}]/u.test(shorter)) rest = shorter;
		}
	}
	return rest;
}
