// Pictures of the office's other pages, into the directory that the first argument names.
import { mkdirSync } from "node:fs";
import { given, launch, open } from "./browser.mjs";

const out = process.argv[2] ?? "screenshots";
mkdirSync(out, { recursive: true });
const browser = await launch();

async function signedIn() {
	const { context, page } = await open(browser);
	await page.goto(`${given.url}/stats?tenant=${given.tenant}`);
	await page.locator('input[name="username"]').fill(given.admin);
	await page.locator('input[name="password"]').fill(given.password);
	await page.keyboard.press("Enter");
	await page.locator(".tile").first().waitFor();
	const state = await context.storageState();
	await context.close();
	return state;
}

/** Each page as a whole, however long it is. */
const SCREENS = {
	stats: async (page) => page.goto(`${given.url}/stats`),
	points: async (page) => {
		await page.goto(`${given.url}/points`);
		await page.getByRole("button", { name: given.member }).first().click();
		await page.locator("#movements tbody tr").first().waitFor();
	},
};

async function shoot(kind, state, options, media = {}) {
	const { context, page } = await open(browser, { storageState: state, ...options });
	await page.emulateMedia(media);
	for (const [name, show] of Object.entries(SCREENS)) {
		await show(page);
		await page.locator("tbody tr, .area").first().waitFor();
		await page.waitForTimeout(300);
		await page.screenshot({ path: `${out}/${name}-${kind}.png`, fullPage: true });
	}
	await context.close();
}

async function shootMember() {
	const { context, page } = await open(browser, { viewport: { width: 390, height: 844 } });
	await page.goto(`${given.url}/points#token=${given.token}`);
	await page.locator("tbody tr").first().waitFor();
	await page.screenshot({ path: `${out}/points-member.png`, fullPage: true });
	await context.close();
}

try {
	const state = await signedIn();
	await shoot("zh", state, {});
	await shoot("dark", state, { colorScheme: "dark" }, { colorScheme: "dark" });
	await shoot("en", state, { locale: "en-GB" });
	await shoot("phone", state, { viewport: { width: 390, height: 844 }, hasTouch: true });
	await shoot("wide", state, { viewport: { width: 2560, height: 1440 } });
	await shoot("print", state, { viewport: { width: 794, height: 1123 } }, { media: "print" });
	await shootMember();
} finally {
	await browser.close();
}
