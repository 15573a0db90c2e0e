import assert from "node:assert/strict";
import { test } from "node:test";
import type { OrderJson } from "~api";
import { language } from "~/lib/i18n";
import { isNumber } from "~/pages/desk/caller";
import { whyItWaits } from "~/pages/desk/candidates";
import { search } from "~/pages/desk/search";
import { before, countsOf, idsOf, isNewer, type Scene, toneOf, VIEWS } from "~/pages/desk/views";

const NOW = 1_000_000_000;
const HOUR = 3_600_000;
const scene: Scene = { nowMs: NOW, selfId: "u0000001", isComplaint: (id) => id === "c0000009" };
const order = (id: string, more: Partial<OrderJson> = {}): OrderJson => ({ id, state: "ORDER_STATE_PLACED",
	urgency: "URGENCY_NORMAL", placedMs: String(NOW - HOUR), dueMs: String(NOW + 24 * HOUR), gridId: "n0000001", ...more });

const orders = [
	order("o1"),
	order("o2", { dueMs: String(NOW + HOUR / 2) }),
	order("o3", { dueMs: String(NOW - 1), state: "ORDER_STATE_ACCEPTED" }),
	order("o4", { state: "ORDER_STATE_OFFERED", urgency: "URGENCY_DANGER" }),
	order("o5", { state: "ORDER_STATE_COMPLETED", dueMs: String(NOW - HOUR) }),
	order("o6", { state: "ORDER_STATE_CLOSED" }),
	order("o7", { categoryId: "c0000009", requester: { id: "u0000001" } }),
	order("o8", { state: "ORDER_STATE_OFFERED", pooled: true }),
];

test("each queue has what belongs to it", () => {
	const ids = (view: (typeof VIEWS)[number]) => idsOf(orders, view, scene, () => true);
	assert.deepEqual(ids("waiting"), ["o2", "o1", "o7", "o8"]);
	assert.deepEqual(ids("soon"), ["o2"]);
	assert.deepEqual(ids("late"), ["o3"]);
	assert.deepEqual(ids("offered"), ["o4", "o8"]);
	assert.deepEqual(ids("working"), ["o3"]);
	assert.deepEqual(ids("rating"), ["o5"]);
	assert.deepEqual(ids("mine"), ["o7"]);
	assert.deepEqual(ids("complaints"), ["o7"]);
	assert.equal(ids("all").length, 7);
	assert.equal(ids("all")[0], "o4", "danger comes first");
	const counts = countsOf(orders, scene, () => true);
	for (const view of VIEWS) assert.equal(counts[view], ids(view).length, view);
	assert.deepEqual(idsOf(orders, "all", scene, () => false), []);
});

test("a completed order is late no more", () => {
	assert.equal(toneOf(orders[4]!, NOW), "");
	assert.equal(toneOf(orders[2]!, NOW), "danger");
	assert.equal(toneOf(orders[1]!, NOW), "warn");
	assert.equal(toneOf(orders[0]!, NOW), "good");
});

test("the order of rows is total", () => {
	for (const a of orders) for (const b of orders) if (a !== b) assert.equal(Math.sign(before(a, b)), -Math.sign(before(b, a)));
});

test("an older state does not replace a newer one", () => {
	assert.ok(isNewer({ etag: "10" }, { etag: "9" }) && isNewer({ etag: "9" }, { etag: "9" }) && isNewer({}, undefined));
	assert.ok(!isNewer({ etag: "9" }, { etag: "10" }));
});

test("numbers that can be asked for", () => {
	for (const number of ["0065", "15400000065", "+86 154 0000 0065"]) assert.ok(isNumber(number), number);
	for (const number of ["", "065", "15400"]) assert.ok(!isNumber(number), number);
});

test("search", () => {
	const names = { category: () => "水管维修 Plumbing", grid: () => "柳苑第一网格", member: () => "", building: (id: string) => (id === "b1" ? "兰苑 7 幢" : "") };
	const one = [order("o00000tk", { title: "厨房漏水", buildingId: "b1", contact: { phone: "154****0080", address: "桂苑1幢***" } })];
	for (const typed of ["o00000tk", "漏水", "cfls", "sgwx", "0080", "桂苑1幢", "柳苑", "兰苑 7", "plumb"]) assert.equal(search(one, typed, names).length, 1, typed);
	for (const typed of ["", "o00000zz", "9999", "xyz"]) assert.equal(search(one, typed, names).length, 0, typed);
});

test("an order that waits though somebody could come says why, and until when", () => {
	const againMs = String(new Date().setHours(14, 5, 0, 0));
	const said = (wait: "NOT_WORTH_IT" | "USED_ELSEWHERE" | "INCOMPLETE" | "UNSPECIFIED", more = {}) =>
		whyItWaits({ againMs, decision: { wait: `WAIT_REASON_${wait}`, worthM: "700",
			candidates: [{ memberId: "m0000001", costM: "900", laterM: "300" }] }, ...more });
	language.value = "zh";
	assert.equal(said("NOT_WORTH_IT"), "暂不派：最省的是m0000001，要 900 m，留给后面的单还值 300 m；此单再等只损失 700 m；14:05 再看");
	assert.match(said("USED_ELSEWHERE"), /派到别的单或岗位更合适.*m0000001.*900 m.*14:05/);
	assert.match(said("INCOMPLETE"), /没有配齐；14:05 再看/);
	language.value = "en";
	assert.match(said("NOT_WORTH_IT"), /m0000001.*900 m.*300 m.*700 m.*14:05/);
	language.value = "zh";
	// Somebody was asked, nothing was decided, or it waits no more.
	assert.equal(whyItWaits({ againMs, decision: { candidates: [] } }), "");
	assert.equal(whyItWaits({ againMs }), "");
	assert.equal(said("INCOMPLETE", { againMs: undefined }), "");
});
