/** What every screen must be, whoever looks at it: axe's rules, the sizes of text and targets, nothing beyond the edge. */
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { check, equal, world } from "./stage.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const USUAL = { textPx: 14, targetPx: 44 };
export const ELDER = { textPx: 24, targetPx: 60 };

async function violations(page) {
	// The page's policy forbids scripts of others; the tool is let in by the debugger.
	await page.evaluate(AXE);
	const { violations: found } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
	return found.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ target }) => target.join(" ")).join(", ")}`);
}

/** Texts and targets that are too small, as far as they are seen. */
function tooSmall({ textPx, targetPx }) {
	const seen = (element) => {
		const box = element.getBoundingClientRect();
		return box.width > 1 && box.height > 1 && element.checkVisibility({ visibilityProperty: true });
	};
	const name = (element) => `${element.tagName.toLowerCase()}.${element.className?.baseVal ?? element.className} "${element.textContent.slice(0, 20)}"`;
	const found = [];
	const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (texts.nextNode()) {
		const element = texts.currentNode.parentElement;
		const px = Number.parseFloat(getComputedStyle(element).fontSize);
		if (texts.currentNode.data.trim() !== "" && seen(element) && px < textPx - 0.1) found.push(`${px} px text: ${name(element)}`);
	}
	for (const element of document.querySelectorAll("button, a[href], input:not(.sr), textarea, select, label.button, label.switch")) {
		const within = element.closest("label.switch") ?? element;
		const { width, height } = within.getBoundingClientRect();
		if (seen(within) && Math.min(width, height) < targetPx - 0.5) found.push(`${Math.round(width)} × ${Math.round(height)}: ${name(element)}`);
	}
	return found;
}

export async function looksRight(page, what, sizes) {
	const found = [...(await violations(page)), ...(await page.evaluate(tooSmall, sizes))];
	const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
	if (wide > room) found.push(`${wide} px wide on ${room}`);
	equal(found.join("\n  "), "", what);
}

/** The page in English has no Chinese left but what people wrote. */
export async function speaksEnglish(page, what, written) {
	equal(await page.evaluate(() => document.documentElement.lang), "en-GB", `${what}: lang`);
	const all = await page.evaluate(() => document.body.innerText);
	const text = written.reduce((rest, words) => rest.replaceAll(words, ""), all);
	const left = text.split("\n").filter((line) => /\p{Script=Han}/u.test(line) && line.trim() !== "中文");
	check(left.length === 0, `${what} says ${left.slice(0, 5).join(" | ")}`);
}

export async function shoot(page, name) {
	if (!world.shots) return;
	mkdirSync(world.shots, { recursive: true });
	await page.screenshot({ path: join(world.shots, `${name}.png`) });
}
