/** What else happens to an order, and to a member: for family, from the pool, handed back, not solved; shifts and pauses. */
import { asDesk, asMember, call, check, equal, layWire, openPhone, world } from "./stage.mjs";
import { accept, orderOf, place } from "./story.mjs";

/** Somebody who may order for others, and for whom. */
async function findProxy() {
	for (const residentId of world.residents) {
		const { beneficiaries } = await call("OrderService/ListBeneficiaries", {}, { as: `resident/${residentId}` });
		if (beneficiaries?.length > 0) return [residentId, beneficiaries[0].residentId];
	}
	throw new Error("nobody in town may order for anybody");
}

export async function family(browser) {
	const wire = await layWire();
	const [residentId, motherId] = await findProxy();
	const daughter = await openPhone(browser, wire, { residentId });
	const { page } = daughter;
	await daughter.tap(daughter.button("代买代办"));
	const chips = page.locator("dialog .chip");
	equal(await chips.first().textContent(), "自己", "who it is for when nobody says");
	await daughter.tap(chips.nth(1));
	const name = await chips.nth(1).textContent();
	await page.getByRole("button", { name: `${name}家` }).waitFor();
	await daughter.tap(page.getByRole("button", { name: "其他地址" }));
	await page.getByLabel("地址", { exact: true }).fill("社区活动室");
	const placed = page.waitForResponse("**/paidan.v1.OrderService/PlaceOrder");
	await daughter.tap(daughter.button("下单"));
	const { order } = await (await placed).json();
	equal(order.beneficiaryId, motherId, "who is helped");
	const card = page.locator(`[data-order="${order.id}"]`);
	await card.getByText(`给${name}`).waitFor();

	// She hears what becomes of it, and who comes; how it was is not hers to say.
	await accept(order.id);
	await card.getByText("有人接单了").waitFor();
	await card.getByText(`工号 ${world.member}`).waitFor();
	await card.getByText(/.师傅/).waitFor();
	equal(await card.getByText("完成码").count(), 0, "the code is her mother's");
	await call("TaskService/CompleteTask", { orderId: order.id, text: "done" }, asMember);
	await card.getByText("请本人评价").waitFor();
	equal(await card.getByRole("button", { name: "评价" }).count(), 0, "buttons to rate");

	// The address stays with whom it was for.
	await page.locator(".tabbar").getByText("我要帮忙").click();
	await daughter.button("代买代办").click();
	await page.locator('dialog .choice[aria-pressed="true"]', { hasText: "我家" }).waitFor();
	await chips.nth(1).click();
	equal(await page.getByLabel("地址", { exact: true }).inputValue(), "社区活动室", "the address of last time");
}

export async function shifts(browser) {
	const wire = await layWire();
	const member = await openPhone(browser, wire, { memberId: world.member });
	const { page } = member;
	const self = async () => (await call("MemberService/GetMember", { memberId: world.member }, asMember)).member;
	await page.locator(".tabbar").getByText("我的").click();
	await member.button("修改").click();
	for (let left = await page.getByRole("button", { name: "删除这段" }).count(); left > 0; left--)
		await page.getByRole("button", { name: "删除这段" }).first().click();
	await member.button("加一段时间").click();
	await page.getByRole("button", { name: "周六" }).click();
	await page.getByLabel("从").fill("22:00");
	await page.getByLabel("到", { exact: true }).fill("02:00");
	await page.getByText("免打扰").click();
	await member.button("保存").click();
	await page.getByText("值班时间已保存").waitFor();
	await page.getByText("周一至周六").waitFor();
	await page.getByText("免打扰 22:00–07:00").waitFor();
	const { shifts: kept, quiet } = await self();
	equal(kept.length, 6, "shifts");
	equal(JSON.stringify(kept[5]), JSON.stringify({ fromMin: 5 * 1440 + 22 * 60, toMin: 6 * 1440 + 120 }), "Saturday night");
	equal(quiet.fromMin, 22 * 60, "quiet from");

	await member.button("选时间").click();
	await page.getByLabel("到哪天").fill("2020-01-01");
	await page.getByRole("dialog").getByRole("button", { name: "暂停接单" }).click();
	await page.getByText("请选一个以后的时间").waitFor();
	const day = 24 * 3600_000;
	await page.getByLabel("到哪天").fill(new Date(Date.now() + 3 * day).toISOString().slice(0, 10));
	await page.getByRole("dialog").getByRole("button", { name: "暂停接单" }).click();
	await member.button("恢复接单").waitFor();
	check(Number((await self()).pausedUntilMs) > Date.now() + 1.5 * day, "paused until");
	await member.button("恢复接单").click();
	await page.getByText("正在接单").waitFor();
	equal((await self()).pausedUntilMs ?? "0", "0", "paused no more");
	await call("TaskService/SetShifts", {}, asMember);
}

/** Nobody can do it, so it is anybody's; then somebody learns how. */
export async function pooled(browser) {
	const wire = await layWire();
	const admin = { key: world.admin_key };
	const { category } = await call("OrgService/PutCategory", {
		category: { code: "dive", nameZh: "潜水打捞", nameEn: "Diving", slots: [{ skill: "diver" }] } }, admin);
	const order = await place({ categoryId: category.id });
	await call("DeskService/RedispatchOrder", { orderId: order.id }, asDesk);
	const { skills = [] } = (await call("MemberService/GetMember", { memberId: world.member }, admin)).member;
	await call("MemberService/UpdateMember", {
		member: { id: world.member, skills: [...skills, { name: "diver" }] }, updateMask: "skills" }, admin);
	const member = await openPhone(browser, wire, { memberId: world.member });
	await member.page.locator(".tabbar").getByText("抢单").click();
	await member.page.locator("main .card", { hasText: "潜水打捞" }).getByRole("button", { name: "抢单" }).click();
	await member.page.locator(`[data-order="${order.id}"]`).waitFor();
	equal((await orderOf(order.id)).slots[0].memberId, world.member, "whose it is");
	await call("TaskService/HandBackTask", { orderId: order.id, reason: "演示" }, asMember);
}

export async function handedBack(browser) {
	const wire = await layWire();
	const order = await place();
	await accept(order.id);
	const member = await openPhone(browser, wire, { memberId: world.member });
	const task = member.page.locator(`[data-order="${order.id}"]`);
	await task.getByRole("button", { name: "退回" }).click();
	await member.page.getByLabel("为什么退回？").fill("临时有事");
	await member.page.getByRole("dialog").getByRole("button", { name: "退回" }).click();
	await task.waitFor({ state: "detached" });
	const { state, timeline } = await orderOf(order.id);
	equal(state, "ORDER_STATE_PLACED", "where it stands");
	equal(timeline.find(({ kind }) => kind === "EVENT_KIND_HANDED_BACK").text, "临时有事", "the reason");
}

/** More than a page of both their histories: the rest is asked for. */
export async function longHistory(browser) {
	const N = 32;
	const wire = await layWire();
	for (let i = 0; i < N; i += 8) await Promise.all(Array.from({ length: 8 }, async () => {
		const { id } = await place();
		await call("DeskService/CompleteOrder", { orderId: (await accept(id), id), text: "done" }, asDesk);
	}));
	const member = await openPhone(browser, wire, { memberId: world.member });
	await member.page.locator(".tabbar").getByText("积分").click();
	const done = member.page.locator(".card", { hasText: "做过的任务" });
	await done.locator("li").nth(19).waitFor();
	equal(await done.locator("li").count(), 20, "tasks at first");
	await done.getByRole("button", { name: "更早的" }).click();
	await done.locator("li").nth(N - 1).waitFor();
	const resident = await openPhone(browser, wire, { residentId: world.resident });
	await resident.page.locator(".tabbar").getByText("我的单").click();
	await resident.button("更早的").click();
	await resident.page.locator("[data-order]").nth(N - 1).waitFor();
}

/** More orders than the broker gives at once: the oldest is reached all the same, and then there is nothing earlier. */
export async function hundredsOfOrders(browser) {
	const N = 210;
	const wire = await layWire();
	const residentId = world.residents[20];
	const as = `resident/${residentId}`;
	const order = { categoryId: world.categories.errand, title: "买菜" };
	const placed = [];
	for (let i = 0; i < N; i += 10) await Promise.all(Array.from({ length: 10 }, async () => {
		const { id } = (await call("OrderService/PlaceOrder", order, { as })).order;
		placed.push(id);
		await call("OrderService/CancelOrder", { orderId: id, reason: "不用了" }, { as });
	}));
	const resident = await openPhone(browser, wire, { residentId });
	const { page } = resident;
	await page.locator(".tabbar").getByText("我的单").click();
	const rows = page.locator("[data-order]");
	for (let shown = 30; shown < N; shown += 30) {
		await rows.nth(shown - 1).waitFor();
		await resident.button("更早的").click();
	}
	await rows.nth(N - 1).waitFor();
	equal(await rows.evaluateAll((all) => new Set(all.map((row) => row.dataset.order)).size), N, "each of them once");
	equal(await resident.button("更早的").count(), 0, "nothing is earlier");
}

/** By the code it is done, by the resident it is not; the second time they chase, and let it be. */
export async function sentBack(browser) {
	const wire = await layWire();
	const resident = await openPhone(browser, wire, { residentId: world.resident });
	const order = await place();
	await accept(order.id);
	const member = await openPhone(browser, wire, { memberId: world.member });
	await resident.page.locator(".tabbar").getByText("我的单").click();
	const card = resident.page.locator(`[data-order="${order.id}"]`);
	const code = await card.locator(".code strong").textContent();
	await member.page.locator(`[data-order="${order.id}"]`).getByRole("button", { name: "完成" }).click();
	await member.page.getByLabel("完成码").fill(code);
	await member.button("提交完成").click();
	await card.getByText("已凭完成码核实").waitFor();
	await card.getByRole("button", { name: "评价" }).click();
	await resident.button("没有解决").click();
	await card.getByText("已收到，正在安排").waitFor();
	await card.getByRole("button", { name: "催一下" }).click();
	await card.getByText("催过 1 次").waitFor();
	await card.getByRole("button", { name: "撤销" }).click();
	await resident.button("撤销这个单").click();
	await card.getByText("已撤销").waitFor();
	equal((await orderOf(order.id)).reworks, 1, "reworks");
}
