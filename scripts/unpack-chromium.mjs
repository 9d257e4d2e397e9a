// The Chromium that the npm package @sparticuz/chromium brings, with its libraries, unpacked once per version.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { projectDir } from "./prepare.mjs";
import { unpackTar } from "./unpack-tar.mjs";

/** @returns {Promise<{ path: string, env: Record<string, string> }>} */
export async function unpackChromium() {
	const root = findRoot();
	const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
	const folder = join(projectDir, "node_modules", ".cache", `chromium-${version}`);
	if (!existsSync(folder)) unpackInto(folder, join(root, "bin"));
	return {
		path: join(folder, "chromium"),
		env: {
			LD_LIBRARY_PATH: [join(folder, "lib"), process.env.LD_LIBRARY_PATH].filter(Boolean).join(":"),
			FONTCONFIG_PATH: join(folder, "fonts"),
		},
	};
}

/** The package shows only its main file to others; its root lies two folders above that. */
function findRoot() {
	return dirname(dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium")));
}

function unpackInto(folder, packed) {
	const draft = `${folder}.new-${process.pid}`;
	mkdirSync(draft, { recursive: true, mode: 0o755 });
	try {
		const read = (name) => brotliDecompressSync(readFileSync(join(packed, name)));
		writeFileSync(join(draft, "chromium"), read("chromium.br"), { mode: 0o755 });
		unpackTar(read("al2023.tar.br"), draft);
		unpackTar(read("swiftshader.tar.br"), draft);
		unpackTar(read("fonts.tar.br"), join(draft, "fonts"));
		writeFileSync(join(draft, "fonts", "fonts.conf"), toFontList(join(folder, "fonts")));
		renameSync(draft, folder);
	} catch (error) {
		if (!existsSync(folder)) throw error;
	} finally {
		rmSync(draft, { recursive: true, force: true });
	}
}

/** The package's own list names folders of the place that it was made for. Fonts of this machine count too. */
function toFontList(folder) {
	const folders = [folder, "/usr/share/fonts", "/usr/local/share/fonts"].map((path) => `<dir>${path}</dir>`);
	const head = '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">';
	return `${head}<fontconfig>${folders.join("")}<cachedir>${join(folder, "cache")}</cachedir></fontconfig>\n`;
}
