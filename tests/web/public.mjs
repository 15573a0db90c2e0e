// The pages that need no sign-in: the figures that everybody may read, and the screen on the wall.
import { createInterface } from "node:readline";
import { check, equal, given, launch, open, rpc, runAll, violations } from "./browser.mjs";
import { growth, ownStream } from "./weeks.mjs";

const browser = await launch();
const WALL = `${given.url}/wall`;
const OPEN = `${given.url}/open?tenant=${given.tenant}`;
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function restart() {
	console.log("@restart");
	await answers.next();
}

const admin = (page, method, data) => page.context().request.post(`${given.url}/paidan.v1.${method}`, { data,
	headers: { authorization: `Bearer ${given.adminKey}`, "content-type": "application/json" } });

const place = (page, title, i = 0) => rpc(page, "OrderService/PlaceOrder", { categoryId: given.categories.errand, title,
	beneficiaryId: given.residents[i] });

async function fits(page, widths) {
	for (const width of widths) {
		await page.setViewportSize({ width, height: 900 });
		const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
		check(over <= 0, `at ${width} px the page is ${over} px too wide`);
	}
}

/* --- /open --- */

async function open_figures() {
	const { context, page, problems } = await open(browser);
	await page.goto(OPEN);
	await page.locator(".tiles dd").first().waitFor();
	const total = Number(await page.locator(".tiles dd").first().innerText());
	check(total > 1000, `${total} orders`);
	const rows = await page.locator("tbody tr td:nth-child(2)").allInnerTexts();
	equal(rows.map(Number).reduce((a, b) => a + b, 0), total, "the rows' sum");
	equal(rows.length, 13, "12 grids and those told together");
	check((await page.locator("tbody").innerText()).includes("合并网格"), "small grids are told together");
	check((await page.locator(".map .area.tone1").count()) > 0, "the map has colours");
	await page.getByRole("radio", { name: "满意率" }).check();
	await page.getByRole("heading", { name: "各网格的满意率" }).waitFor();
	await page.getByLabel("时段").selectOption("4");
	await page.waitForURL(/weeks=4/);
	await page.waitForFunction((before) => Number(document.querySelector(".tiles dd").textContent) < before, total);
	equal(problems, [], "errors in the page");
	await context.close();
}

async function open_download() {
	const { context, page } = await open(browser);
	await page.goto(OPEN);
	const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "CSV" }).click()]);
	const chunks = [];
	for await (const chunk of await file.createReadStream()) chunks.push(chunk);
	const lines = Buffer.concat(chunks).toString().split("\r\n");
	check(lines[0].startsWith("\ufeff起始日,天数,网格号"), lines[0]);
	check(lines.length > 8 * 10, `${lines.length} lines`);
	const href = await page.getByRole("link", { name: "JSON" }).getAttribute("href");
	const said = await context.request.get(given.url + href);
	equal(said.headers()["cache-control"], "public, max-age=600", "how long it may be kept");
	const text = await said.text();
	check(JSON.parse(text).grids.length > 8 * 10, "rows");
	for (const word of ["phone", "address", "resident", "member", "category"]) check(!text.includes(word), `${word} in the figures`);
	await context.close();
}

async function open_nothing() {
	const { context, page } = await open(browser, { locale: "en-GB" });
	await page.goto(`${given.url}/open?tenant=nobody`);
	await page.getByRole("alert").waitFor();
	equal(await page.getByRole("heading", { level: 1 }).innerText(), "Open figures", "in English");
	await page.getByLabel("Tenant id").fill(given.tenant);
	await page.keyboard.press("Enter");
	await page.locator(".tiles dd").first().waitFor();
	await context.close();
}

async function open_axe_and_widths() {
	const { context, page } = await open(browser);
	for (const colorScheme of ["light", "dark"]) {
		await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
		await page.goto(OPEN);
		await page.locator(".tiles dd").first().waitFor();
		equal(await violations(page), [], colorScheme);
		await page.goto(`${given.url}/open`);
		await page.getByLabel("辖区号").waitFor();
		equal(await violations(page), [], `${colorScheme}, asking`);
	}
	await page.goto(OPEN);
	await page.locator(".tiles dd").first().waitFor();
	await fits(page, [360, 768, 1440, 3840]);
	await context.close();
}

/** Last of all that asks: the address has nothing left for a while. */
async function open_is_limited() {
	const { context, page } = await open(browser);
	await page.goto(OPEN);
	const href = await page.getByRole("link", { name: "JSON" }).getAttribute("href");
	const replies = await Promise.all(Array.from({ length: 200 }, () => context.request.get(given.url + href)));
	const refused = replies.find((reply) => !reply.ok());
	equal(refused?.status(), 429, "the status of what is too much");
	equal(refused?.headers()["cache-control"], "no-store", "a refusal is not kept");
	check((await refused.text()).includes("RATE_LIMITED"), "its reason");
	await context.close();
}

/* --- /wall --- */

async function openWall(options = {}) {
	const opened = await open(browser, { viewport: { width: 1920, height: 1080 }, ...options });
	await opened.page.goto(`${WALL}#token=${given.wallKey}`);
	await opened.page.locator(".line.live").waitFor();
	await opened.page.locator(".tile dd").first().waitFor();
	return opened;
}

const waiting = (page) => page.locator(".tile dd").first().innerText().then(Number);

async function wall_shows_and_follows() {
	const { context, page, problems } = await openWall();
	equal(new URL(page.url()).hash, "", "the key has left the address");
	const before = await waiting(page);
	check(before > 10, `${before} wait`);
	const { order } = await place(page, "大屏不应显示的标题");
	await page.locator(".events li").first().getByText("点单").waitFor();
	await page.waitForFunction((old) => Number(document.querySelector(".tile dd").textContent) > old, before);
	const text = await page.locator("body").innerText();
	for (const secret of ["大屏不应显示的标题", order.id, given.wallKey]) check(!text.includes(secret), `${secret} on the wall`);
	await page.reload();
	await page.locator(".line.live").waitFor();
	equal(problems, [], "errors in the page");
	await context.close();
}

/** The server goes away and comes back; the line is cut; the machine's clock is set. */
async function wall_comes_back() {
	const { context, page } = await openWall();
	for (let i = 0; i < 2; i++) {
		await restart();
		await page.locator(".line.lost, .line.live").waitFor();
		await page.locator(".line.live").waitFor({ timeout: 40_000 });
	}
	await context.setOffline(true);
	await page.getByText(/已断线 \d+ 秒/).waitFor();
	await context.setOffline(false);
	await page.locator(".line.live").waitFor({ timeout: 40_000 });
	await page.evaluate(() => {
		const real = Date.now;
		Date.now = () => real() + 400 * 86_400_000;
	});
	const { order } = await place(page, "钟被拨过之后", 3);
	check(order.id !== "", "placed");
	await page.locator(".events li").first().getByText("点单").waitFor();
	const waits = await page.locator(".waits").innerText();
	check(!/\d{3} 天/.test(waits), `ages by a clock that was set: ${waits}`);
	await context.close();
}

/** Other assets on the server: the page loads itself anew, once, and still has its key. */
async function wall_takes_a_new_version() {
	const { context, page } = await openWall();
	let asked = 0;
	await page.route("**/wall", async (route) => {
		if (route.request().resourceType() === "document") return route.fallback();
		asked++;
		return route.fulfill({ contentType: "text/html", body: '<script src="/assets/wall-NEWBUILD.js"></script>' });
	});
	const loaded = page.waitForEvent("load");
	await context.setOffline(true);
	await page.locator(".line.lost").waitFor();
	await context.setOffline(false);
	await loaded;
	await page.locator(".line.live").waitFor({ timeout: 40_000 });
	check(asked >= 1, "it looked");
	await context.close();
}

/** Weeks of events: what the page keeps does not grow with them. */
async function wall_keeps_no_more_than_it_shows() {
	const { context, page } = await open(browser, { viewport: { width: 1920, height: 1080 } });
	await ownStream(page, "/WatchWall");
	await page.goto(`${WALL}#token=${given.wallKey}`);
	await page.locator(".tile dd").first().waitFor();
	const grown = await growth(page, 3, 20, async (round) => {
		await page.evaluate((first) => globalThis.tell(Array.from({ length: 1000 }, (_, i) => ({ event: { kind: "EVENT_KIND_PLACED",
			atMs: String(1772416800000 + first + i), gridId: "n0000001", categoryId: "c0000001" } }))), round * 1000);
		await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
	});
	equal(await page.locator(".events li").count(), 20, "events shown");
	check(grown.bytes < 1_500_000, `grew by ${grown.bytes} bytes`);
	await context.close();
}

async function wall_axe_and_widths() {
	const { context, page } = await openWall();
	for (const colorScheme of ["light", "dark"]) {
		await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
		equal(await violations(page), [], colorScheme);
	}
	await fits(page, [360, 1024, 1920, 3840]);
	for (const [width, height] of [[1920, 1080], [3840, 2160]]) {
		await page.setViewportSize({ width, height });
		const over = await page.evaluate(() => document.documentElement.scrollHeight - innerHeight);
		check(over <= 0, `at ${width} × ${height} it is ${over} px too high`);
	}
	await context.close();
}

async function wall_without_a_key() {
	const { context, page } = await open(browser);
	await page.goto(WALL);
	await page.getByRole("heading", { name: "没有密钥" }).waitFor();
	equal(await violations(page), [], "without a key");
	await context.close();
}

/** Last: from here on the key is of no use. */
async function wall_goes_dark() {
	const { context, page } = await openWall();
	const said = await admin(page, "WallService/RevokeWallKey", { keyId: given.wallKeyId });
	check(said.ok(), await said.text());
	await page.getByRole("heading", { name: "密钥已失效" }).waitFor({ timeout: 40_000 });
	await context.close();
}

try {
	await runAll({ open_figures, open_download, open_nothing, open_axe_and_widths, wall_shows_and_follows, wall_comes_back,
		wall_takes_a_new_version, wall_keeps_no_more_than_it_shows, wall_axe_and_widths,
		wall_without_a_key, wall_goes_dark, open_is_limited });
} finally {
	await browser.close();
	process.exit();
}
