// Files, folders and links of a tar archive (POSIX ustar): enough for the archives of a pinned package.
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

const blockBytes = 512;

/** Throws when an entry would leave the folder. */
export function unpackTar(archive, folder) {
	mkdirSync(folder, { recursive: true });
	for (let offset = 0; offset + blockBytes <= archive.length; ) {
		const header = archive.subarray(offset, offset + blockBytes);
		if (header[0] === 0) return;
		const text = (start, length) =>
			header
				.subarray(start, start + length)
				.toString()
				.replace(/\0.*$/s, "");
		const bytes = Number.parseInt(text(124, 12), 8) || 0;
		const name = normalize(join(text(345, 155), text(0, 100)));
		if (name.startsWith("..") || name.startsWith("/"))
			throw new Error(`The archive leaves its folder: ${name}`);
		const start = offset + blockBytes;
		const content = archive.subarray(start, start + bytes);
		unpackEntry(
			{ kind: text(156, 1), mode: Number.parseInt(text(100, 8), 8), link: text(157, 100), content },
			join(folder, name),
		);
		offset = start + Math.ceil(bytes / blockBytes) * blockBytes;
	}
}

function unpackEntry({ kind, mode, link, content }, path) {
	if (kind === "5") {
		mkdirSync(path, { recursive: true });
		return;
	}
	mkdirSync(dirname(path), { recursive: true });
	if (kind === "2") symlinkSync(link, path);
	else if (kind === "0" || kind === "") writeFileSync(path, content, { mode: mode & 0o777 });
}
