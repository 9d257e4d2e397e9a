"use client";

import { createContext, type ReactNode, useContext } from "react";

/** What a page knows about this installation and who is looking at it. */
export interface PageSettings {
	readonly viewer: {
		readonly userId: string;
		readonly name: string;
		readonly email: string;
		readonly role: string;
	};
	readonly imageHosts: readonly string[];
	readonly linkHosts: readonly string[];
	readonly isTestModelOnly: boolean;
}

const Context = createContext<PageSettings>({
	viewer: { userId: "", name: "", email: "", role: "user" },
	imageHosts: [],
	linkHosts: [],
	isTestModelOnly: false,
});

export function PageSettingsProvider(props: { readonly value: PageSettings; readonly children: ReactNode }) {
	return <Context value={props.value}>{props.children}</Context>;
}

export function usePageSettings(): PageSettings {
	return useContext(Context);
}
