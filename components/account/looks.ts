/** The focus ring of everything here: two pixels of accent with a gap of two. */
export const ring =
	"focus-visible:outline-2 focus-visible:outline-offset-2 focus-visible:outline-(--accent) focus-visible:outline-solid";

/** 16 px on touch screens, or iOS zooms into the field. */
export const inputLook = `h-9 w-full rounded-lg border border-(--border-strong) bg-(--raised) px-3 text-sm text-(--text) placeholder:text-(--faint) read-only:bg-(--surface) aria-invalid:border-(--danger) touch:h-11 touch:text-base ${ring}`;

const button = `flex h-9 w-full items-center justify-center rounded-lg px-4 text-sm font-medium transition-opacity duration-100 hover:opacity-90 aria-disabled:opacity-60 touch:h-11 ${ring}`;

export const buttonLooks = {
	primary: `${button} bg-(--text) text-(--bg)`,
	quiet: `${button} border border-(--border-strong) bg-(--raised) text-(--text)`,
	danger: `${button} border border-(--border-strong) bg-(--raised) text-(--danger)`,
} as const;

export const linkLook = `rounded-sm text-(--accent-text) underline decoration-1 underline-offset-4 ${ring}`;
