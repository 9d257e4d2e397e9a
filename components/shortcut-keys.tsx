"use client";

import { useSyncExternalStore } from "react";
import { isMac, type ShortcutName, shortcuts, toKeys } from "./shortcuts";

const subscribe = () => () => {};

/** The keys of a shortcut, written for this machine. Only a hint: assistive technology does not read it. */
export function ShortcutKeys({
	name,
	className,
}: {
	readonly name: ShortcutName;
	readonly className?: string;
}) {
	const onMac = useSyncExternalStore(subscribe, isMac, () => null);
	const shortcut = shortcuts.find((known) => known.name === name);
	if (!shortcut || onMac === null) return null;
	return (
		<kbd aria-hidden className={className}>
			{toKeys(shortcut, onMac)}
		</kbd>
	);
}
