export const storageKey = "parley-sidebar";

/** Runs before the first paint (with the page's nonce), so that a closed list never flashes. */
export const sidebarScript = `try{if(localStorage.getItem("${storageKey}")==="closed")document.documentElement.dataset.sidebar="closed"}catch{}`;
