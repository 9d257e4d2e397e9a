/** Key code of every key that an input method is still composing with, in browsers that send no better sign. */
const composingKeyCode = 229;

interface Key {
	readonly keyCode: number;
	readonly isComposing?: boolean;
	readonly nativeEvent?: { readonly isComposing: boolean };
}

/** Whether a key belongs to an input method (of Japanese, Chinese, Korean...) that is still composing: no field acts on it. */
export function isComposing({ keyCode, isComposing: isNow, nativeEvent }: Key): boolean {
	return keyCode === composingKeyCode || (nativeEvent?.isComposing ?? isNow ?? false);
}
