import { messages } from "../words/chat";

/** A day as short as it is clear, in the reader's time zone: "Today", "Yesterday", "Mar 4", and the year of another one. */
export function toShortDate(at: Date, now: Date): string {
	const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
	if (isSameDay(at, now)) return messages.dateGroups.today;
	if (isSameDay(at, yesterday)) return messages.dateGroups.yesterday;
	const year = at.getFullYear() === now.getFullYear() ? undefined : "numeric";
	return new Intl.DateTimeFormat("en", { month: "short", day: "numeric", year }).format(at);
}

const isSameDay = (left: Date, right: Date) => left.toDateString() === right.toDateString();
