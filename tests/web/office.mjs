// The office's pages beside the desk: statistics and points, as those who read them use them.
import { check, equal, given, launch, open, rpc, runAll, violations } from "./browser.mjs";

const browser = await launch();
const { context, page, problems } = await open(browser);

async function signIn(on, name) {
	await on.getByLabel("登录名").fill(name);
	await on.getByLabel("密码", { exact: true }).fill(given.password);
	await on.keyboard.press("Enter");
	await on.locator("dialog[open]").waitFor({ state: "detached" });
}

/** The text of a file that the page gives away when it does `act`. */
async function fileOf(on, act) {
	const [download] = await Promise.all([on.waitForEvent("download"), act()]);
	const chunks = [];
	for await (const chunk of await download.createReadStream()) chunks.push(chunk);
	return Buffer.concat(chunks).toString("utf8");
}

const figure = (name, on = page) => on.locator(".tile", { has: on.locator("dt", { hasText: new RegExp(`^${name}$`) }) }).locator(".figure");

async function statistics_with_counts() {
	await page.goto(`${given.url}/stats?tenant=${given.tenant}`);
	await signIn(page, given.name);
	await page.locator(".tile").first().waitFor();
	const { total } = await rpc(page, "StatsService/GetRates", {});
	equal(await figure("下单").textContent(), total.counts.placed, "orders placed");
	equal(await figure("办结（计入）").textContent(), total.counts.valid, "orders that count");
	equal(await figure("解决率").textContent(), `${(total.resolutionE4 / 100).toFixed(1)} %`, "resolution");
	const note = await page.locator(".tile", { hasText: "响应率" }).locator(".soft").textContent();
	check(note.startsWith(`${total.counts.contacted}/${total.counts.valid}`), `the counts beside a rate: ${note}`);
}

/** How long it took: about, with the orders that it is of; in minutes for who takes the table along. */
async function statistics_with_times() {
	const { total } = await rpc(page, "StatsService/GetRates", { withTimes: true });
	check((await figure("办结用时").textContent()).startsWith("约 "), "half of the orders took about so long");
	const note = await page.locator(".tile", { hasText: "办结用时" }).locator(".soft").textContent();
	check(note.startsWith("九成在 ") && note.includes(`（${total.done.orders} 单）`), `nine of ten: ${note}`);
	const byGrid = page.locator(".sheet", { hasText: "网格 · " });
	await byGrid.getByLabel("指标").selectOption("done");
	await page.getByRole("heading", { name: "网格 · 办结用时" }).waitFor();
	check((await byGrid.locator(".bar-text").first().textContent()).startsWith("约 "), "a bar's text");
}

async function statistics_by_rows() {
	for (const name of ["社区", "类别", "队员", "日期", "网格"]) {
		await page.getByRole("tab", { name }).click();
		await page.getByRole("tabpanel").locator("tbody tr").first().waitFor();
	}
	const { rows } = await rpc(page, "StatsService/GetRates", { groupBy: "RATE_GROUP_GRID" });
	equal(await page.getByRole("tabpanel").locator("tbody tr").count(), rows.length, "rows of grids");
	const head = page.getByRole("columnheader", { name: "下单" });
	await head.getByRole("button").press("Enter");
	equal(await head.getAttribute("aria-sort"), "descending", "sorted by the keyboard");
	const cells = await page.locator("tbody tr td:nth-child(2)").allTextContents();
	equal(cells, [...cells].sort((a, b) => b - a), "the largest first");
	const text = await fileOf(page, () => page.getByRole("button", { name: "导出 CSV" }).click());
	check(text.startsWith("\ufeff名称,下单,"), text.slice(0, 40));
	equal(text.trimEnd().split("\r\n").length, rows.length + 1, "lines of the file");
}

async function statistics_address() {
	await page.getByLabel("期间").selectOption("week");
	await page.getByRole("tab", { name: "类别" }).click();
	await page.waitForFunction(() => /from=.*by=category/.test(location.search));
	await page.reload();
	await page.locator(".tile").first().waitFor();
	equal(await page.getByLabel("期间").inputValue(), "week", "the period");
	equal(await page.getByRole("tab", { selected: true }).textContent(), "类别", "the tab");
	const unit = page.getByLabel("范围");
	await unit.locator("option").nth(1).waitFor({ state: "attached" });
	await unit.selectOption({ index: 2 });
	await page.waitForFunction(() => /unit=n/.test(location.search));
}

async function books_balance() {
	const { page: other, problems: wrong } = await open(browser);
	await other.goto(`${given.url}/points?tenant=${given.tenant}`);
	await signIn(other, given.admin);
	await figure("两者之和", other).waitFor();
	equal(await figure("两者之和", other).textContent(), "0", "all accounts together");
	await other.getByLabel("查找队员").fill(given.member);
	const row = other.getByRole("region", { name: "账户" }).locator("tbody tr");
	await row.getByRole("button").click();
	await other.getByText("与余额相符").waitFor();
	const text = await fileOf(other, () => other.getByRole("button", { name: "导出全部明细" }).click());
	check(text.startsWith("\ufeff时间,事由,积分,借方,贷方,单号"), text.slice(0, 60));
	check(text.includes(`${given.member} 待结算`), "the member's movements are in the file");
	equal(wrong.join("\n"), "", "errors and policy violations");
	await other.context().close();
}

async function own_points() {
	const { page: other, problems: wrong } = await open(browser, { viewport: { width: 390, height: 844 } });
	await other.goto(`${given.url}/points#token=${given.token}`);
	await figure("可用", other).waitFor();
	check(!other.url().includes("token"), "the token is out of the address");
	check(Number(await figure("可用", other).textContent()) > 0, "points were earned");
	await other.getByText("完成服务").first().waitFor();
	await other.getByLabel(/参加积分榜/).check();
	await other.getByText(`${given.member} (我)`).waitFor();
	equal(await other.locator(".office-top nav").count(), 0, "the way to the desk's pages");
	equal(wrong.join("\n"), "", "errors and policy violations");
	await other.context().close();
}

async function expiry_keeps_the_page() {
	await page.goto(`${given.url}/points`);
	await page.getByRole("region", { name: "账户" }).locator("tbody tr").first().waitFor();
	await page.getByLabel("查找队员").fill("zz");
	await context.clearCookies();
	await page.getByLabel("查找队员").fill("");
	await page.getByRole("region", { name: "账户" }).getByRole("button", { name: given.member }).click();
	await page.getByText("登录已失效").waitFor();
	await page.getByLabel("密码", { exact: true }).fill(given.password);
	await page.keyboard.press("Enter");
	await page.getByText("与余额相符").waitFor();
}

async function axe_and_widths() {
	for (const path of ["stats", "points"]) {
		await page.setViewportSize({ width: 1440, height: 900 });
		await page.goto(`${given.url}/${path}`);
		await page.locator("tbody tr").first().waitFor();
		for (const colorScheme of ["dark", "light"]) {
			await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
			equal(await violations(page), [], `${path}, ${colorScheme}`);
		}
		for (const width of [3840, 768, 360]) {
			await page.setViewportSize({ width, height: 900 });
			const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
			check(wide <= room, `${path}: ${wide} px wide on ${room}`);
		}
		equal(await violations(page), [], `${path}, 360 px`);
	}
	await page.setViewportSize({ width: 1440, height: 900 });
	await page.goto(`${given.url}/stats`);
	await page.locator("tbody tr").first().waitFor();
	const title = await page.title();
	await page.emulateMedia({ media: "print" });
	check(await page.locator(".only-print").isVisible(), "what the paper says of the period");
	check(!(await page.getByLabel("期间").isVisible()), "no tools on paper");
	await page.emulateMedia({ media: "screen", colorScheme: "light" });
	await page.getByRole("button", { name: "English" }).click();
	await page.waitForFunction((before) => document.title !== before, title);
	const left = await page.evaluate(() => [...document.querySelectorAll("h2, dt, label, thead button, .legend li, nav a, [role=tab]")]
		.map((one) => one.textContent).filter((text) => /\p{Script=Han}/u.test(text)));
	equal(left, [], "Chinese on the English page");
	await page.getByRole("button", { name: "中文" }).click();
}

async function nothing_went_wrong() {
	equal(problems.join("\n"), "", "errors and policy violations");
}

try {
	await runAll({ statistics_with_counts, statistics_with_times, statistics_by_rows, statistics_address, books_balance, own_points,
		expiry_keeps_the_page, axe_and_widths, nothing_went_wrong });
} finally {
	await browser.close();
}
