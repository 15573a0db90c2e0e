/** What neither tsc nor biome says: text gets into a page as text, and nothing is written into it that the policy forbids. */
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";

const FORBIDDEN = [
	[/\b(inner|outer)HTML\b|insertAdjacentHTML|document\.write|dangerouslySetInnerHTML|createContextualFragment|DOMParser/, "markup from text"],
	[/\beval\(|new Function\(/, "code from text"],
	[/https?:\/\/(?!www\.w3\.org\/|schemas\.openxmlformats\.org\/)/, "another host"],
	[/\bstyle="/, "a style as text"],
];
const MOST_LINES = 400;

function* files(directory) {
	for (const name of readdirSync(directory)) {
		const path = join(directory, name);
		if (statSync(path).isDirectory()) yield* files(path);
		else if (/\.(tsx?|css)$/.test(name)) yield path;
	}
}

/** One line for each problem. */
export function problems(root) {
	const found = [];
	for (const path of files(join(root, "src"))) {
		const lines = readFileSync(path, "utf8").split("\n");
		lines.forEach((line, i) => {
			for (const [pattern, what] of FORBIDDEN)
				if (pattern.test(line)) found.push(`${relative(root, path)}:${i + 1}: ${what}`);
		});
		if (lines.length > MOST_LINES) found.push(`${relative(root, path)}: ${lines.length} lines, more than ${MOST_LINES}`);
	}
	return found;
}
