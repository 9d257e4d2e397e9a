/** The longest first line of a commit's message, in characters. */
const charactersMax = 72;

const conventional =
	/^(feat|fix|refactor|perf|test|docs|style|build|ci|chore|revert)(\([a-z0-9-]+(, ?[a-z0-9-]+)*\))?!?: \S/;

/** What is wrong with the subjects of commits, a line each. */
export function findBadSubjects(subjects: readonly string[]): string[] {
	return subjects.flatMap((subject) => {
		if (subject.length > charactersMax)
			return [`${subject.length} characters, not ${charactersMax}: ${subject}`];
		return conventional.test(subject) ? [] : [`not a conventional commit: ${subject}`];
	});
}
