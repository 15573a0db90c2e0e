/**
 * What every screen must be, whoever looks at it: axe's rules, the sizes of text and targets, 4.5:1 whatever the size
 * (large text may have less by axe's rules), nothing beyond the edge, and for residents a telephone.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { check, equal, world } from "./stage.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const USUAL = { textPx: 14, targetPx: 44 };
const LEAST_CONTRAST = 4.5;
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

/** Texts that stand out too little from what is behind them. What can't be used may be pale. */
function tooPale(least) {
	const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
	const rgba = (color) => {
		canvas.clearRect(0, 0, 1, 1);
		canvas.fillStyle = color;
		canvas.fillRect(0, 0, 1, 1);
		const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
		return [r, g, b, a / 255];
	};
	const over = ([r, g, b, a], under) => [r, g, b].map((part, i) => part * a + under[i] * (1 - a));
	const behind = (element) => {
		if (element === null) return rgba(getComputedStyle(document.documentElement).getPropertyValue("--ground"));
		const color = rgba(getComputedStyle(element).backgroundColor);
		return color[3] === 1 ? color : over(color, behind(element.parentElement));
	};
	const light = (color) => {
		const [r, g, b] = color.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const found = [];
	const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (texts.nextNode()) {
		const element = texts.currentNode.parentElement;
		const box = element.getBoundingClientRect();
		if (texts.currentNode.data.trim() === "" || box.width <= 1 || element.closest("noscript, :disabled")) continue;
		if (!element.checkVisibility({ visibilityProperty: true })) continue;
		const ground = behind(element).slice(0, 3);
		const [a, b] = [light(over(rgba(getComputedStyle(element).color), ground)), light(ground)];
		const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (ratio < least) found.push(`${ratio.toFixed(2)}:1 ${element.tagName.toLowerCase()} "${texts.currentNode.data.slice(0, 20)}"`);
	}
	return found;
}

/** What reaches beyond the edge, also of a sheet, which would be scrolled sideways. */
function tooWide(room) {
	const found = [];
	for (const element of document.querySelectorAll("body *")) {
		const { right, width } = element.getBoundingClientRect();
		if (width > 1 && right > room + 0.5 && element.checkVisibility({ visibilityProperty: true }))
			found.push(`${Math.round(right)} of ${room} px: ${element.tagName.toLowerCase()}.${element.className?.baseVal ?? element.className}`);
	}
	return found.slice(0, 3);
}

/** Somebody who would rather speak finds a number to tap wherever they are. */
function withoutPhone() {
	const isTop = (link) => {
		const { left, top, width, height } = link.getBoundingClientRect();
		return document.elementFromPoint(left + width / 2, top + height / 2)?.closest("a") === link;
	};
	return [...document.querySelectorAll('a[href^="tel:"]')].some(isTop) ? [] : ["no telephone in sight"];
}

export async function looksRight(page, what, sizes) {
	const found = [...(await violations(page)), ...(await page.evaluate(tooSmall, sizes)), ...(await page.evaluate(tooPale, LEAST_CONTRAST))];
	if (new URL(page.url()).pathname === "/r") found.push(...(await page.evaluate(withoutPhone)));
	found.push(...(await page.evaluate(tooWide, page.viewportSize().width)));
	equal(found.join("\n  "), "", what);
}

/** The page in English has no Chinese left but what people wrote. */
export async function speaksEnglish(page, what, written) {
	equal(await page.evaluate(() => document.documentElement.lang), "en-GB", `${what}: lang`);
	const all = await page.evaluate(() => document.body.innerText);
	const names = await page.locator("dialog .chip, dialog .where, .helper strong").allTextContents();
	const text = [...written, ...names.map((name) => name.trim())].reduce((rest, words) => rest.replaceAll(words, ""), all);
	const left = text.split("\n").filter((line) => /\p{Script=Han}/u.test(line) && line.trim() !== "中文");
	check(left.length === 0, `${what} says ${left.slice(0, 5).join(" | ")}`);
}

export async function shoot(page, name) {
	if (!world.shots) return;
	mkdirSync(world.shots, { recursive: true });
	await page.screenshot({ path: join(world.shots, `${name}.png`) });
}
