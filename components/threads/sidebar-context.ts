import { createContext } from "react";

/** Opens the list of chats: beside the chat, or over it on a phone. */
export const SidebarContext = createContext<() => void>(() => {});
