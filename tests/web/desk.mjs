// The desk as its operators use it.
import { check, equal, given, launch, open, rpc, runAll, violations } from "./browser.mjs";
import { growth, ownStream } from "./weeks.mjs";

const browser = await launch();
const ROW = ".order-row:not(.head)";

const { context, page, problems } = await open(browser);
const place = (title, i = 0) => rpc(page, "OrderService/PlaceOrder", { categoryId: given.categories.errand, title,
	beneficiaryId: given.residents[i] }).then((said) => said.order.id);
const rowOf = (id, on = page) => on.locator(`#row-${id}`);
const composing = (key) => page.evaluate((name) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown",
	{ key: name, isComposing: true, keyCode: 229, bubbles: true })), key);

async function sign_in() {
	await page.goto(`${given.url}/desk?tenant=${given.tenant}`);
	await page.getByLabel("登录名").fill(given.name);
	await page.getByLabel("密码").fill("not the password");
	await page.keyboard.press("Enter");
	await page.getByRole("alert").waitFor();
	await page.getByLabel("密码").fill(given.password);
	// A wrong try keeps the account from the next one for a second.
	while ((await page.locator(ROW).count()) === 0) {
		await page.keyboard.press("Enter");
		await page.locator(`${ROW}, dialog [role="alert"]`).first().waitFor();
		await page.waitForTimeout(100);
	}
	const cookies = await context.cookies();
	check(cookies.some(({ name, httpOnly, sameSite }) => name === "__Host-paidan" && httpOnly && sameSite === "Strict"), "the cookie");
	await page.reload();
	await page.locator(ROW).first().waitFor();
}

async function keyboard_order_under_20_s() {
	const started = performance.now();
	await page.keyboard.press("n");
	await page.getByLabel("来电号码").waitFor();
	await page.keyboard.type(given.phone, { delay: 20 });
	await page.locator(".chips .button.main").waitFor();
	await page.keyboard.press("Tab");
	await page.keyboard.press("Tab");
	await page.keyboard.press("Tab");
	await page.keyboard.type("sgwx", { delay: 20 });
	await page.keyboard.press("Enter");
	await page.keyboard.type("厨房水管爆裂", { delay: 20 });
	await page.keyboard.press("Control+Enter");
	await page.locator('#assign-list [role="option"]').first().waitFor();
	await page.keyboard.press("Enter");
	await page.getByText("已派给").waitFor();
	const seconds = (performance.now() - started) / 1000;
	console.log(`# a phone order placed and assigned by the keyboard, from the caller's number: ${seconds.toFixed(1)} s`);
	check(seconds < 20, `${seconds} s`);
	const { orders } = await rpc(page, "OrderService/ListOrders", { residentId: given.caller });
	const made = orders.find((order) => order.title === "厨房水管爆裂");
	equal(made?.state, "ORDER_STATE_OFFERED", "its state");
}

async function sees_it_without_reload() {
	await page.keyboard.press("9");
	await page.locator(".list-frame").hover();
	// What comes in the moment after the operator's own command is in the list with it.
	let id = "";
	for (let isTold = false; !isTold; ) {
		id = await place("流里来的一单");
		isTold = await page.locator(".fresh").waitFor({ timeout: 2000 }).then(() => true, () => false);
	}
	check((await rowOf(id).count()) === 0, "the list changed under the pointer");
	await page.keyboard.press("r");
	await page.keyboard.press("/");
	await page.keyboard.type(id);
	await page.keyboard.press("Enter");
	await page.getByRole("heading", { name: "流里来的一单" }).waitFor();
	await rpc(page, "OrderService/AddNote", { orderId: id, text: "已与本人通话" });
	await page.getByText("已与本人通话").waitFor();
}

async function no_key_while_composing() {
	await page.keyboard.press("Escape");
	for (const key of ["n", "d", "/", "?"]) await composing(key);
	equal(await page.locator("dialog[open]").count(), 0, "dialogs");
	await page.keyboard.press("/");
	await page.keyboard.type("dnjx");
	equal(await page.locator("dialog[open]").count(), 1, "dialogs while typing");
	await page.keyboard.press("Escape");
	equal(await page.locator("dialog[open]").count(), 0, "dialogs after Escape");
}

async function bulk_with_rows() {
	await page.keyboard.press("1");
	await page.keyboard.press("Home");
	for (let i = 0; i < 3; i++) {
		await page.keyboard.press("x");
		await page.keyboard.press("j");
	}
	await page.getByText("已选 3 单").waitFor();
	const id = await page.locator(`${ROW}.picked`).first().getAttribute("id");
	// One of them is gone before the click: it alone fails.
	await rpc(page, "OrderService/CancelOrder", { orderId: id.slice("row-".length), reason: "测试" });
	await page.keyboard.press("d");
	await page.locator('#assign-list [role="option"]').first().waitFor();
	await page.keyboard.press("Enter");
	await page.getByRole("heading", { name: "逐单结果" }).waitFor();
	equal(await page.locator(".results li").count(), 3, "results");
	check((await page.locator(".results li.wrong").count()) >= 1, "the cancelled one fails");
	await page.keyboard.press("Enter");
	await page.getByRole("button", { name: "清除选择" }).click();
	// All of a list, also those whose rows are not in the page.
	const all = Number(await page.locator(".list-frame").getAttribute("aria-rowcount")) - 1;
	await page.keyboard.press("a");
	await page.getByText(`已选 ${all} 单`).waitFor();
	check(all > (await page.locator(`${ROW}.picked`).count()), "rows beyond the page");
	await page.getByRole("checkbox", { name: "全选" }).click();
	await page.locator(".picked-bar").waitFor({ state: "detached" });
}

const stateOf = async (id) => (await rpc(page, "OrderService/GetOrder", { orderId: id })).order.state;

/** By the toast, by the key, and many at once; a member who was faster keeps the order. */
async function what_was_done_is_undone() {
	const ids = [await place("撤回一"), await place("撤回二", 1), await place("撤回三", 2)];
	await page.goto(`${given.url}/desk?view=all&id=${ids[0]}`);
	await page.getByRole("heading", { name: "撤回一" }).waitFor();
	await page.keyboard.press("d");
	await page.locator('#assign-list [role="option"]').first().waitFor();
	await page.keyboard.press("Enter");
	await page.locator(".toast button", { hasText: /撤回 (10|9|8)/ }).click();
	await page.getByText("已撤回 1 单").waitFor();
	equal(await stateOf(ids[0]), "ORDER_STATE_PLACED", "after the assignment was taken back");
	await page.getByText("撤回 “派给”").waitFor();
	await page.getByRole("button", { name: "不予受理" }).click();
	await page.getByLabel("理由").fill("不属于社区");
	await page.keyboard.press("Control+Enter");
	await page.getByText("不予受理 · 已处理").waitFor();
	equal(await stateOf(ids[0]), "ORDER_STATE_REJECTED", "rejected");
	await page.keyboard.press("Control+z");
	await page.getByText("撤回 “不予受理”").waitFor();
	equal(await stateOf(ids[0]), "ORDER_STATE_PLACED", "not rejected");
	// What dispatch did with it at once goes with the command.
	await page.getByRole("button", { name: "重新派单" }).click();
	await page.locator("dialog .button.main").click();
	await page.getByText("重新派单 · 已处理").waitFor();
	await page.keyboard.press("Control+z");
	await page.getByText("撤回 “派单”").waitFor();
	equal(await stateOf(ids[0]), "ORDER_STATE_PLACED", "not dispatched anew");
	for (const id of ids) {
		await page.keyboard.press("/");
		await page.keyboard.type(id);
		await page.keyboard.press("Enter");
		await page.locator(`#row-${id}.current`).waitFor();
		await page.keyboard.press("x");
	}
	await page.getByRole("toolbar").getByRole("button", { name: "并单" }).click();
	await page.getByLabel("保留哪一单").selectOption(ids[1]);
	await page.keyboard.press("Control+Enter");
	await page.getByText("3 单已处理").waitFor();
	equal(await stateOf(ids[2]), "ORDER_STATE_CANCELLED", "merged");
	await page.keyboard.press("Control+z");
	await page.locator(`#row-${ids[2]}`).waitFor();
	equal(await stateOf(ids[2]), "ORDER_STATE_PLACED", "not merged");
	await page.keyboard.press("Escape");
}

/** Somebody else's desk: the operator's key. */
async function who_else_is_at_it() {
	const id = await place("两人同看");
	await rpc(page, "DeskService/TouchOrder", { orderId: id, editing: true });
	await page.goto(`${given.url}/desk?view=all&id=${id}`);
	await page.locator(".collision", { hasText: "正在处理" }).waitFor();
	await page.keyboard.press("d");
	await page.locator("dialog .collision", { hasText: "正在处理" }).waitFor();
	const { others } = await rpc(page, "DeskService/TouchOrder", { orderId: id });
	check(others.some((one) => one.name === given.name && one.editing), "the desk does not say what it does");
	await page.keyboard.press("Escape");
}

/** One member can't have both places of a team: windows come and go, and the page says why nobody is asked. */
async function who_waits_is_told_why() {
	const admin = (method, body) => rpc(page, method, body, given.adminKey);
	const { policy } = await admin("OrgService/GetPolicy", {});
	await admin("OrgService/PutPolicy", { policy: { ...policy, manualDispatch: false, routine: { ...policy.routine, windowMs: 1000 } } });
	const { member } = await admin("MemberService/CreateMember", { member: { kind: "MEMBER_KIND_VOLUNTEER", name: "独唱队员",
		home: given.home, skills: [{ name: "singing" }] } });
	const { category } = await admin("OrgService/PutCategory", { category: { code: "duet", nameZh: "二重唱",
		slots: [{ skill: "singing" }, { skill: "singing" }] } });
	const { order } = await rpc(page, "OrderService/PlaceOrder", { categoryId: category.id, title: "社区晚会",
		beneficiaryId: given.residents[3] });
	await page.goto(`${given.url}/desk?view=all&id=${order.id}`);
	await page.locator(".waits", { hasText: /暂不派.*再看/ }).waitFor();
	equal(await page.locator(".candidates li").first().locator("strong").innerText(), member.name, "who is the cheapest");
	await rpc(page, "OrderService/CancelOrder", { orderId: order.id });
	const { policy: now } = await admin("OrgService/GetPolicy", {});
	await admin("OrgService/PutPolicy", { policy: { ...policy, etag: now.etag } });
}

async function photos_and_memos() {
	const send = async (type, body) => (await (await context.request.post(`${given.url}/v1/attachments`, { data: body,
		headers: { authorization: `Bearer ${given.operatorKey}`, "content-type": type } })).json());
	const photo = await send("image/png", await page.screenshot());
	const { order } = await rpc(page, "OrderService/PlaceOrder", { categoryId: given.categories.errand, title: "有照片的一单",
		beneficiaryId: given.residents[4], attachments: [photo] });
	await page.goto(`${given.url}/desk?view=all&id=${order.id}`);
	await page.getByRole("img", { name: "照片 1" }).waitFor();
	await page.waitForFunction(() => document.querySelector(".thumb img")?.naturalWidth > 0);
}

/** Narrowed down, kept and shared, chosen again, deleted; and the address says it all. */
async function views_are_kept_and_shared() {
	await page.goto(`${given.url}/desk?view=all`);
	await page.locator(ROW).first().waitFor();
	await page.keyboard.press("f");
	await page.getByLabel("包含的字").fill("sgls");
	await page.getByLabel("视图名称").fill("水管漏水");
	await page.getByLabel("给谁用").selectOption({ index: 1 });
	await page.getByRole("button", { name: "保存为视图" }).click();
	await page.getByText("已保存视图 水管漏水").waitFor();
	await page.waitForURL(/text=sgls/);
	const titles = await page.locator(`${ROW} .matter-title`).allInnerTexts();
	check(titles.length > 0 && titles.every((title) => title.includes("水管漏水")), `shown: ${titles}`);
	await page.getByRole("button", { name: "全部显示" }).click();
	await page.waitForURL((url) => !url.search.includes("text="));
	await page.getByRole("navigation").getByRole("button", { name: "水管漏水" }).click();
	await page.waitForURL(/text=sgls/);
	await page.getByRole("navigation").getByText("共享").waitFor();
	await page.keyboard.press("f");
	await page.getByRole("button", { name: "删除视图" }).click();
	await page.getByText("已删除视图").waitFor();
	equal(await page.getByRole("navigation").getByRole("button", { name: "水管漏水" }).count(), 0, "views");
	await page.goto(`${given.url}/desk?view=all`);
	await page.locator(ROW).first().waitFor();
}

/** Closed orders too, by the end of a phone number. */
async function search_beyond_the_board() {
	const { order } = await rpc(page, "OrderService/PlaceOrder", { categoryId: given.categories.errand, title: "已撤销也能找到",
		beneficiaryId: given.caller });
	await rpc(page, "OrderService/CancelOrder", { orderId: order.id });
	await page.keyboard.press("/");
	await page.keyboard.type(given.phone.slice(-4));
	await page.getByRole("option", { name: "已撤销也能找到" }).click();
	await page.getByRole("heading", { name: "已撤销也能找到" }).waitFor();
}

async function two_fingers_zoom() {
	await page.keyboard.press("m");
	await page.locator(".map .area").first().waitFor();
	const wide = () => page.locator(".map").evaluate((map) => Number(map.getAttribute("viewBox").split(" ")[2]));
	const before = await wide();
	await page.locator(".map").evaluate((map) => {
		const { left, top, width, height } = map.getBoundingClientRect();
		const put = (type, pointerId, share) => map.dispatchEvent(new PointerEvent(type, { pointerId, bubbles: true, buttons: 1,
			clientX: left + width * share, clientY: top + height / 2 }));
		put("pointerdown", 1, 0.45);
		put("pointerdown", 2, 0.55);
		put("pointermove", 2, 0.65);
		put("pointerup", 1, 0.45);
		put("pointerup", 2, 0.65);
	});
	await page.waitForFunction((was) => Number(document.querySelector(".map").getAttribute("viewBox").split(" ")[2]) < was * 0.6, before);
	await page.keyboard.press("m");
}

/** A page that was open for a day: the broker has a newer one. */
async function an_old_page_says_so() {
	await page.route("**/desk", (route) => (route.request().method() === "HEAD"
		? route.fulfill({ status: 200, headers: { etag: '"another"' } }) : route.continue()));
	await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
	await page.getByText("本页有新版本").waitFor();
	await page.unroute("**/desk");
	await page.getByRole("button", { name: "刷新" }).click();
	await page.locator(ROW).first().waitFor();
	equal(await page.getByText("本页有新版本").count(), 0, "after the reload");
}

/** An administrator's first sign-in: the secret as a code to scan. */
async function second_factor_as_a_picture() {
	const other = await open(browser);
	await other.page.goto(`${given.url}/desk?tenant=${given.tenant}`);
	await other.page.getByLabel("登录名").fill("boss.one");
	await other.page.getByLabel("密码").fill(given.password);
	await other.page.keyboard.press("Enter");
	await other.page.getByRole("button", { name: "开始" }).click();
	await other.page.locator("svg.qr path").waitFor();
	equal(await violations(other.page), [], "the enrolment");
	equal(other.problems, [], "problems");
	await other.context.close();
}

/** On paper are also those that are out of sight. */
async function printsAllRows() {
	await page.setViewportSize({ width: 1440, height: 500 });
	await page.waitForFunction((row) => document.querySelectorAll(row).length < 35, ROW);
	const all = Number(await page.locator(".list-frame").getAttribute("aria-rowcount")) - 1;
	const onPaper = page.evaluate((row) => new Promise((done) => {
		addEventListener("beforeprint", () => done(document.querySelectorAll(row).length), { once: true });
	}), ROW);
	const sheets = await page.pdf({ format: "A4" });
	equal(await onPaper, all, "rows on paper");
	check(all > 35 && (sheets.toString("latin1").match(/\/Type \/Page\b/g) ?? []).length > 1, "one sheet for all");
	check((await page.locator(ROW).count()) < 35, "rows are left behind");
	await page.setViewportSize({ width: 1440, height: 900 });
}

/** The list, or the order that is open. */
async function prints() {
	await page.goto(`${given.url}/desk?view=all`);
	await page.locator(ROW).first().waitFor();
	await printsAllRows();
	const shown = async (what) => page.locator(what).first().isVisible();
	const asPrinted = async (wanted) => {
		await page.emulateMedia({ media: "print" });
		const found = {};
		for (const what of Object.keys(wanted)) found[what] = await shown(what);
		await page.emulateMedia({ media: null });
		equal(found, wanted, "what is printed");
	};
	await asPrinted({ [ROW]: true, ".top": false, ".queues": false, "#detail-title": false });
	await page.keyboard.press("j");
	await page.keyboard.press("Enter");
	await page.locator(".timeline li").first().waitFor();
	await asPrinted({ [ROW]: false, ".top": false, ".acts": false, "#detail-title": true });
	await page.keyboard.press("Escape");
}

async function reveal_is_audited() {
	const id = await place("查看联系方式", 3);
	await page.goto(`${given.url}/desk?view=all&id=${id}`);
	await page.getByRole("heading", { name: "查看联系方式" }).waitFor();
	await page.locator(".facts").getByText(/\*\*/).first().waitFor();
	await page.getByRole("button", { name: "查看联系方式" }).click();
	await page.getByLabel("用途").fill("核实门牌号");
	await page.keyboard.press("Enter");
	await page.locator('.facts a[href^="tel:154"]').waitFor();
}

async function lost_line_catches_up() {
	await page.goto(`${given.url}/desk?view=all`);
	await page.locator(".line.live").waitFor();
	await context.setOffline(true);
	await page.getByText(/已断线 \d+ 秒/).waitFor();
	const other = await browser.newContext({ ignoreHTTPSErrors: true });
	const outside = await other.newPage();
	const { order } = await rpc(outside, "OrderService/PlaceOrder", { categoryId: given.categories.fall, title: "断线时来的危险单",
		beneficiaryId: given.residents[5] });
	await other.close();
	await context.setOffline(false);
	await page.locator(".line.live").waitFor();
	await page.keyboard.press("r");
	await rowOf(order.id).waitFor();
}

async function session_expiry_loses_nothing() {
	await page.keyboard.press("n");
	await page.getByLabel("居民编号").fill(given.residents[9]);
	await page.getByRole("textbox", { name: "类别" }).fill("代买");
	await page.keyboard.press("Enter");
	await page.getByLabel("事项", { exact: true }).fill("登录失效也不丢");
	let isSent = false;
	page.on("request", (request) => {
		isSent ||= request.url().endsWith("OrderService/PlaceOrder");
	});
	await context.clearCookies();
	await page.keyboard.press("Control+Enter");
	await page.getByText("登录已失效").waitFor();
	await page.getByLabel("密码").fill(given.password);
	await page.keyboard.press("Enter");
	await page.getByText("登录已失效").waitFor({ state: "hidden" });
	// The page may have noticed by itself, with a call about who else is there, and had the keys for its dialog.
	if (!isSent) await page.keyboard.press("Control+Enter");
	await page.getByText("已下单").waitFor();
	await page.locator('#assign-list [role="option"]').first().waitFor();
	await page.keyboard.press("Escape");
	await page.getByRole("heading", { name: "登录失效也不丢" }).waitFor();
}

async function two_tabs() {
	const second = await context.newPage();
	await second.goto(`${given.url}/desk?view=all`);
	await second.locator(ROW).first().waitFor();
	const id = await place("两个标签页都看见", 11);
	for (const tab of [page, second]) {
		await tab.bringToFront();
		await tab.keyboard.press("9");
		await tab.keyboard.press("/");
		await tab.keyboard.type(id);
		await tab.getByRole("option", { name: "两个标签页都看见" }).waitFor();
		await tab.keyboard.press("Enter");
		await tab.getByRole("heading", { name: "两个标签页都看见" }).waitFor();
	}
	await second.close();
}

async function address_is_the_state() {
	await page.goto(`${given.url}/desk?view=complaints`);
	await page.locator(ROW).first().waitFor();
	equal(await page.locator('nav [aria-current="page"]').innerText().then((text) => text.split("\n")[0]), "投诉", "the queue");
	await page.keyboard.press("j");
	await page.waitForURL(/view=complaints&id=o/);
	await page.keyboard.press("1");
	await page.goBack();
	await page.waitForURL(/view=complaints/);
}

async function tables_to_take_away() {
	for (const [name, start] of [["导出 CSV", "efbbbf"], ["导出 XLSX", "504b0304"]]) {
		await page.keyboard.press("/");
		await page.keyboard.type(name.replace("导出 ", "dc"));
		const option = page.getByRole("option", { name });
		const [file] = await Promise.all([page.waitForEvent("download"), option.click()]);
		const stream = await file.createReadStream();
		const chunks = [];
		for await (const chunk of stream) chunks.push(chunk);
		equal(Buffer.concat(chunks).toString("hex", 0, start.length / 2), start, name);
	}
}

/** Weeks of orders that come and are closed: what the page keeps does not grow with them. */
async function keeps_what_is_open() {
	const { context: own, page: tab } = await open(browser, { storageState: await context.storageState() });
	await ownStream(tab, "/WatchBoard");
	await tab.goto(`${given.url}/desk?view=all`);
	await tab.locator(ROW).first().waitFor();
	const { orders: [template] } = await rpc(page, "DeskService/ListBoard", { pageSize: 1 });
	const grown = await growth(tab, 4, 12, async (round) => {
		await tab.evaluate(([order, first]) => {
			const make = (n, state, etag) => ({ order: { ...order, id: `o9${String(n).padStart(6, "0")}`, title: `单 ${n}`, state, etag } });
			for (let n = first; n < first + 500; n++)
				globalThis.tell([make(n, "ORDER_STATE_PLACED", "1"), make(n - 100, "ORDER_STATE_CLOSED", "2")]);
		}, [template, 1000 + round * 500]);
		await tab.locator(".count", { hasText: /\d{3}/ }).first().waitFor();
		for (const key of ["r", "j", "Enter", "d", "Escape", "Escape", "?", "Escape"]) await tab.keyboard.press(key);
	});
	check(grown.bytes < 1_500_000 && grown.nodes < 1500, `grew by ${grown.bytes} bytes and ${grown.nodes} nodes`);
	await own.close();
}

async function axe_and_widths() {
	const screens = { list: [], detail: ["j", "Enter"], map: ["m"], form: ["n"], assign: ["d"], search: ["/"], help: ["?"], filter: ["f"] };
	for (const theme of ["light", "dark"]) {
		await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
		await page.goto(`${given.url}/desk?view=all`);
		await page.locator(ROW).first().waitFor();
		await page.keyboard.press("j");
		for (const [name, keys] of Object.entries(screens)) {
			for (const key of keys) await page.keyboard.press(key);
			if (name === "detail") await page.locator(".candidates li, .timeline li").first().waitFor();
			equal(await violations(page), [], `${theme} ${name}`);
			if (["form", "assign", "search", "help", "filter"].includes(name)) await page.keyboard.press("Escape");
		}
	}
	for (const width of [360, 768, 1024, 1440, 1920, 3840]) {
		await page.setViewportSize({ width, height: 900 });
		const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
		check(over <= 0, `at ${width} px the page is ${over} px too wide`);
	}
}

async function nothing_went_wrong() {
	equal(problems, [], "errors in the page");
}

try {
	await runAll({ sign_in, keyboard_order_under_20_s, sees_it_without_reload, no_key_while_composing, bulk_with_rows,
		what_was_done_is_undone, who_else_is_at_it, who_waits_is_told_why, photos_and_memos,
		views_are_kept_and_shared, search_beyond_the_board, two_fingers_zoom, an_old_page_says_so, second_factor_as_a_picture,
		prints,
		reveal_is_audited, lost_line_catches_up, session_expiry_loses_nothing, two_tabs, address_is_the_state,
		tables_to_take_away, keeps_what_is_open, axe_and_widths, nothing_went_wrong });
} finally {
	await browser.close();
}
