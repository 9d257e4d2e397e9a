const thoughts = /<(think|thinking|reasoning|thought)>[\s\S]*?(<\/\1>|$)/gi;

/** What a model has answered without the thoughts that its server has left in it. */
export const withoutThoughts = (answer: string): string => answer.replace(thoughts, "");
