// The administration, as an administrator works with it: each part changes something, and the broker agrees.
import { check, equal, given, launch, open, runAll, violations } from "./browser.mjs";

const browser = await launch();
const { context, page, problems } = await open(browser);
const TABS = ["org", "members", "categories", "policy", "exclusions", "accounts", "audit"];

/** A call of the broker beside the page, as an administrator's key. */
async function ask(method, body) {
	const said = await context.request.post(`${given.url}/paidan.v1.${method}`, { data: body,
		headers: { authorization: `Bearer ${given.adminKey}`, "content-type": "application/json" } });
	check(said.ok(), `${method}: ${await said.text()}`);
	return said.json();
}

async function signIn(on, name) {
	await on.getByLabel("登录名").fill(name);
	await on.getByLabel("密码", { exact: true }).fill(given.password);
	await on.keyboard.press("Enter");
	await on.locator("dialog[open]").waitFor({ state: "detached" });
}

async function show(tab) {
	await page.goto(`${given.url}/admin?tab=${tab}`);
	await page.locator("tbody tr, .settings, .tree li, .sheet > p").first().waitFor();
}

const dialog = page.locator("dialog[open]");
const send = (name) => dialog.getByRole("button", { name }).click();
const gone = () => page.waitForFunction(() => !document.querySelector("dialog[open]"));

async function new_unit() {
	await page.goto(`${given.url}/admin?tenant=${given.tenant}`);
	await signIn(page, given.admin);
	await page.locator(".tree li").first().waitFor();
	await page.getByRole("button", { name: "新增单元" }).click();
	await dialog.getByLabel("名称").fill("测试社区");
	await dialog.getByLabel("编码").fill("T9");
	await page.keyboard.press("Enter");
	await gone();
	await page.locator(".tree").getByText("测试社区").waitFor();
	const { nodes } = await ask("OrgService/ListNodes", { pageSize: 200 });
	equal(nodes.find(({ name }) => name === "测试社区")?.code, "T9", "the broker has it");
	await page.locator(".tree").getByText("测试社区").click();
	await page.getByRole("button", { name: "修改", exact: true }).click();
	await dialog.getByLabel("名称").fill("测试新村");
	await dialog.getByLabel("电话").fill("010-66660001");
	await page.keyboard.press("Enter");
	await gone();
	await page.locator(".tree").getByText("测试新村").waitFor();
	const { nodes: then } = await ask("OrgService/ListNodes", { pageSize: 200 });
	equal(then.filter(({ code }) => code === "T9").map(({ name, phone }) => [name, phone]), [["测试新村", "010-66660001"]], "renamed");
}

/** The community's grids as a file, of which one is moved, and one new. */
function gridFile(grids) {
	const feature = (code, name, ring) => ({ type: "Feature", properties: { code, name },
		geometry: { type: "Polygon", coordinates: [ring.map(({ lat, lon }) => [lon, lat])] } });
	const ringOf = (grid) => grid.polygons[0].rings[0].points;
	const moved = ringOf(grids[0]).map((p, i) => (i === 1 ? { lat: p.lat + 0.0002, lon: p.lon } : p));
	const east = ringOf(grids[0]).map(({ lat, lon }) => ({ lat, lon: lon + 0.2 }));
	return { type: "FeatureCollection", features: [feature(grids[0].code, grids[0].name, moved),
		feature(grids[1].code, grids[1].name, ringOf(grids[1])), feature("T901", "测试网格", east)] };
}

async function grids_show_differences_first() {
	const { nodes: communities } = await ask("OrgService/ListNodes", { pageSize: 200 });
	const parent = communities[0];
	const { nodes: grids } = await ask("OrgService/ListNodes", { parentId: parent.id, pageSize: 200, withPolygons: true });
	await page.getByRole("button", { name: "导入网格" }).click();
	await page.getByLabel("导入到").selectOption(parent.id);
	const load = (name, text) => page.locator("input[type=file]").setInputFiles({ name, mimeType: "application/geo+json", buffer: Buffer.from(text) });
	await load("broken.geojson", '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":null}]}');
	await page.getByText("没有编码").waitFor();
	await load("grids.geojson", JSON.stringify(gridFile(grids)));
	await page.getByText(`新增 1 · 变更 1 · 不变 1 · 保留 ${grids.length - 2}`).waitFor();
	equal(await page.locator(".area.added").count(), 1, "new ones on the map");
	equal(await page.locator(".area.changed").count(), 1, "changed ones on the map");
	equal(await page.locator(".area.was").count(), 1, "what they were");
	const rows = page.getByRole("region", { name: "差异" }).locator("tbody tr");
	await rows.filter({ hasText: grids[0].code }).getByText("边界").waitFor();
	const { nodes: before } = await ask("OrgService/ListNodes", { parentId: parent.id, pageSize: 200 });
	equal(before.length, grids.length, "nothing was applied yet");
	await page.getByRole("button", { name: "应用 2 处变更" }).click();
	await page.getByText("已导入：新增 1，替换 1").waitFor();
	const { nodes: after } = await ask("OrgService/ListNodes", { parentId: parent.id, pageSize: 200, withPolygons: true });
	equal(after.length, grids.length + 1, "grids");
	const moved = after.find(({ id }) => id === grids[0].id).polygons[0].rings[0].points[1].lat;
	check(Math.abs(moved - grids[0].polygons[0].rings[0].points[1].lat - 0.0002) < 1e-5, `the outline is the file's: ${moved}`);
}

async function members_paused_and_imported() {
	await show("members");
	await page.getByLabel("查找").fill(given.member);
	await page.locator("tbody tr").getByRole("button", { name: "暂停接单" }).click();
	await dialog.getByLabel("理由").fill("外出学习");
	await page.keyboard.press("Enter");
	await gone();
	await page.locator("tbody").getByText("暂停至").waitFor();
	const { member } = await ask("MemberService/GetMember", { memberId: given.member });
	check(Number(member.pausedUntilMs) > Date.now(), "the broker has the pause");
	await page.locator("tbody tr").getByRole("button", { name: given.member }).click();
	await dialog.getByLabel("技能").fill("plumber, gardening");
	await send("保存");
	await gone();
	await page.locator("tbody").getByText("plumber, gardening").waitFor();
	await page.getByRole("button", { name: "从 CSV 导入" }).click();
	const text = '\ufeff姓名,电话,类型,网格,技能,上限\r\n测试甲,15400000201,志愿者,测试网格,"plumber;teacher",2\r\n,15400000202,党员,,,\r\n测试乙,15400000203,队长,,,\r\n';
	await dialog.locator("input[type=file]").setInputFiles({ name: "members.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
	await dialog.getByText("缺少姓名").waitFor();
	await dialog.getByText("类型应为").waitFor();
	await send("导入 1 人");
	await page.getByText("已导入 1 人").waitFor();
}

async function category_changed() {
	await show("categories");
	await page.getByRole("button", { name: "代买代办" }).click();
	await dialog.getByLabel("每单").fill("7");
	await send("保存");
	await gone();
	const { categories } = await ask("OrgService/ListCategories", { pageSize: 200 });
	equal(categories.find(({ code }) => code === "errand").points.perOrder, 7, "points of an errand");
}

async function policy_with_differences() {
	await show("policy");
	const routine = page.getByRole("group", { name: "常规派单" });
	await routine.getByLabel("同时派几人").fill("3");
	await page.getByText("改动 1 处").waitFor();
	await page.getByRole("button", { name: "试算" }).click();
	await dialog.getByText(/^\d+ 单中有 [1-9]\d* 单会派给别的人$/).waitFor();
	await dialog.getByText("用最近几天的单试算").click();
	await dialog.getByText("paidan rules try routine.fanout=3 --days 7").waitFor();
	equal(await violations(page), [], "the try-out");
	await page.keyboard.press("Escape");
	await gone();
	await page.getByRole("button", { name: "应用改动" }).click();
	await dialog.getByText("常规派单 · 同时派几人").waitFor();
	await dialog.getByLabel("理由").fill("试行多派");
	// The session ends in the midst of it: what was typed is still there, and goes on.
	const cookies = await context.cookies();
	await context.clearCookies();
	await page.keyboard.press("Enter");
	await page.getByText("登录已失效").waitFor();
	await page.getByLabel("密码", { exact: true }).fill(given.password);
	await page.keyboard.press("Enter");
	await gone();
	check(cookies.length > 0, "there was a session");
	const { policy, version } = await ask("OrgService/GetPolicy", {});
	equal([policy.routine.fanout, version.reason], [3, "试行多派"], "the policy");
	const row = page.locator("tbody tr", { hasText: "试行多派" });
	await row.waitFor();
	await page.locator("tbody tr").nth(1).getByRole("button", { name: "恢复" }).click();
	await dialog.getByText("常规派单 · 同时派几人").waitFor();
	await dialog.getByLabel("理由").fill("试行结束");
	await page.keyboard.press("Enter");
	await gone();
	await page.locator("tbody").getByText("试行结束").waitFor();
	equal((await ask("OrgService/GetPolicy", {})).policy.routine.fanout, 1, "restored");
}

async function exclusion_takes_two() {
	await show("exclusions");
	await page.getByRole("button", { name: "申请剔除" }).click();
	await dialog.getByLabel("单号").fill(given.ended);
	await dialog.getByLabel("理由").fill("重复登记");
	await send("申请剔除");
	await gone();
	await page.getByText("您申请的，须由他人审批").waitFor();
	equal(await page.getByRole("button", { name: "同意", exact: true }).count(), 0, "no approving one's own");
	const { exclusions } = await ask("StatsService/ListExclusions", {});
	equal(exclusions.map(({ orderId }) => orderId), [given.ended], "asked for");
}

async function account_invited() {
	await show("accounts");
	await page.getByRole("button", { name: "新增账号" }).click();
	await dialog.getByLabel("登录名").fill("desk.nine");
	await dialog.getByLabel("姓名").fill("测试员");
	await send("保存");
	await page.getByText(/desk#pdi_demo_/).waitFor();
	await send("关闭");
	await page.locator("tbody tr", { hasText: "desk.nine" }).getByText("待设密码").waitFor();
}

async function audit_tells_who_and_why() {
	await show("audit");
	const rows = page.locator("tbody tr");
	await rows.filter({ hasText: "修改规则" }).filter({ hasText: "试行多派" }).waitFor();
	await rows.filter({ hasText: "申请剔除" }).filter({ hasText: "重复登记" }).filter({ hasText: given.ended }).waitFor();
	await page.getByLabel("事项").selectOption("CATEGORY_CHANGED");
	equal(await rows.filter({ hasNotText: "修改类别" }).count(), 0, "other kinds");
	const { entries } = await ask("AuditService/ListAudit", { pageSize: 200 });
	equal(entries.filter(({ kind }) => kind === "AUDIT_KIND_POLICY_CHANGED").length >= 2, true, "changes of the policy");
	const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "导出 CSV" }).click()]);
	check(/^审计-/.test(download.suggestedFilename()), download.suggestedFilename());
}

async function axe_and_widths() {
	for (const tab of TABS) {
		await page.setViewportSize({ width: 1440, height: 900 });
		await show(tab);
		for (const colorScheme of ["dark", "light"]) {
			await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
			equal(await violations(page), [], `${tab}, ${colorScheme}`);
		}
		for (const width of [3840, 768, 360]) {
			await page.setViewportSize({ width, height: 900 });
			const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
			check(wide <= room, `${tab}: ${wide} px wide on ${room}`);
		}
		equal(await violations(page), [], `${tab}, 360 px`);
	}
	await page.setViewportSize({ width: 1440, height: 900 });
	await show("members");
	await page.locator("tbody tr .link").first().click();
	equal(await violations(page), [], "a dialog");
	await page.keyboard.press("Escape");
	await gone();
	await page.getByRole("button", { name: "English" }).click();
	for (const tab of TABS) {
		await show(tab);
		const left = await page.evaluate(() => [...document.querySelectorAll("h2, dt, label, legend, thead button, [role=tab], .button")]
			.map((one) => one.textContent).filter((text) => /\p{Script=Han}/u.test(text) && text !== "中文"));
		equal(left, [], `Chinese on the English ${tab}`);
	}
	await page.getByRole("button", { name: "中文" }).click();
}

async function nothing_went_wrong() {
	equal(problems.join("\n"), "", "errors and policy violations");
}

try {
	await runAll({ new_unit, grids_show_differences_first, members_paused_and_imported, category_changed, policy_with_differences,
		exclusion_takes_two, account_invited, audit_tells_who_and_why, axe_and_widths, nothing_went_wrong });
} finally {
	await browser.close();
}
