// Writes pictures of every screen into a directory, for people to look at.
import { mkdirSync } from "node:fs";
import { given, launch, open, rpc } from "./browser.mjs";

const out = process.argv[2] ?? "screenshots";
mkdirSync(out, { recursive: true });
const browser = await launch();
const ROW = ".order-row:not(.head)";

async function signIn(page) {
	await page.goto(`${given.url}/desk?tenant=${given.tenant}`);
	await page.locator('input[name="username"]').fill(given.name);
	await page.locator('input[name="password"]').fill(given.password);
	await page.screenshot({ path: `${out}/sign-in-${given.language}.png` });
	await page.keyboard.press("Enter");
	await page.locator(ROW).first().waitFor();
	return (await page.context().storageState());
}

const SCREENS = {
	list: ["9"], detail: ["9", "j", "j", "Enter"], map: ["9", "j", "m"], form: ["n"], assign: ["9", "j", "d"], search: ["/"],
	help: ["?"], picked: ["9", "j", "x", "j", "x", "j", "x"], late: ["3"],
};

async function shoot(kind, options, names) {
	const { context, page } = await open(browser, { storageState: given.state, ...options });
	const isPaper = kind === "print";
	for (const name of names) {
		await page.goto(`${given.url}/desk`);
		await page.locator(`${ROW}, .empty`).first().waitFor();
		await page.locator(".count", { hasText: /\d/ }).first().waitFor();
		for (const key of SCREENS[name]) await page.keyboard.press(key);
		await page.waitForTimeout(700);
		if (isPaper) {
			await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
			await page.emulateMedia({ media: "print" });
		}
		await page.screenshot({ path: `${out}/desk-${name}-${kind}.png`, fullPage: isPaper });
		if (isPaper) await page.emulateMedia({ media: null });
	}
	await context.close();
}

async function work() {
	const { page, context } = await open(browser);
	given.language = "zh";
	given.state = await signIn(page);
	const members = (await rpc(page, "MemberService/ListMembers", { pageSize: 60 })).members;
	const { orders } = await rpc(page, "DeskService/ListBoard", { pageSize: 60 });
	for (const [i, order] of orders.entries()) {
		const to = { orderId: order.id, memberId: members[i % 16].id, accepted: i % 2 === 0, reason: "演示" };
		if (i % 3 === 0) await rpc(page, "DeskService/AssignOrder", to).catch(() => undefined);
		if (i % 11 === 5) await rpc(page, "DeskService/HoldOrder", { orderId: order.id, party: "HELD_BY_THIRD_PARTY", partyName: "物业", reason: "等物业配件" }).catch(() => undefined);
		if (i % 7 === 2) await rpc(page, "OrderService/ChaseOrder", { orderId: order.id, text: "居民来电催办" }).catch(() => undefined);
	}
	await context.close();
	const all = Object.keys(SCREENS);
	await shoot("zh", {}, all);
	await shoot("dark", { colorScheme: "dark" }, ["detail", "map", "form", "assign"]);
	await shoot("en", { locale: "en-GB" }, ["detail", "assign", "form", "help"]);
	await shoot("phone", { viewport: { width: 390, height: 844 }, hasTouch: true }, ["list", "detail", "form"]);
	await shoot("wide", { viewport: { width: 2560, height: 1440 } }, ["map"]);
	await shoot("print", { viewport: { width: 718, height: 1040 } }, ["list", "detail"]);
	await shoot("small", { viewport: { width: 1024, height: 768 } }, ["detail"]);
}

try {
	await work();
} finally {
	await browser.close();
}
