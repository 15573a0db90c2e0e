// Writes pictures of the figures and of the wall into a directory, for people to look at.
import { mkdirSync } from "node:fs";
import { given, launch, open, rpc } from "./browser.mjs";

const out = process.argv[2] ?? "screenshots";
mkdirSync(out, { recursive: true });
const browser = await launch();

async function figures(name, options, choose) {
	const { context, page } = await open(browser, options);
	await page.goto(`${given.url}/open?tenant=${given.tenant}`);
	await page.locator(".tiles dd").first().waitFor();
	if (choose) await page.getByRole("radio", { name: choose }).check();
	await page.screenshot({ path: `${out}/open-${name}.png`, fullPage: true });
	await context.close();
}

async function wall(name, width, height, options = {}) {
	const { context, page } = await open(browser, { viewport: { width, height }, ...options });
	await page.goto(`${given.url}/wall#token=${given.wallKey}`);
	await page.locator(".line.live").waitFor();
	await page.locator(".tile dd").first().waitFor();
	await page.waitForTimeout(500);
	await page.screenshot({ path: `${out}/wall-${name}.png` });
	if (name === "zh") {
		await context.setOffline(true);
		await page.locator(".line.lost").waitFor();
		await page.screenshot({ path: `${out}/wall-lost.png` });
	}
	await context.close();
}

/** Some orders go on, so that there is something to be seen. */
async function live() {
	const { context, page } = await open(browser);
	const { members } = await rpc(page, "MemberService/ListMembers", { pageSize: 40 });
	const { orders } = await rpc(page, "DeskService/ListBoard", { pageSize: 60 });
	for (const [i, order] of orders.entries()) {
		if (i % 3 !== 0) continue;
		const to = { orderId: order.id, memberId: members[i % 32].id, accepted: true, reason: "演示" };
		await rpc(page, "DeskService/AssignOrder", to).catch(() => undefined);
		if (i % 6 === 0) await rpc(page, "DeskService/CompleteOrder", { orderId: order.id, text: "已办" }).catch(() => undefined);
	}
	await context.close();
}

try {
	await live();
	await figures("zh", {});
	await figures("dark", { colorScheme: "dark" }, "满意率");
	await figures("en", { locale: "en-GB" });
	await figures("phone", { viewport: { width: 390, height: 844 }, hasTouch: true });
	await wall("zh", 1920, 1080);
	await wall("4k", 3840, 2160);
	await wall("en", 1920, 1080, { locale: "en-GB" });
	await wall("phone", 390, 844);
} finally {
	await browser.close();
}
