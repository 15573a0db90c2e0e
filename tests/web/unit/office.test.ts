import assert from "node:assert/strict";
import { test } from "node:test";
import { before, dayMs, dayOf, daysBetween, everyDay, offsetMin, rangeOf } from "~/lib/days";
import { language } from "~/lib/i18n";
import { fraction, percent, rateText } from "~/lib/rates";
import { branches } from "~/lib/tree";
import { difference, sign } from "~/pages/points/ledger";
import { medianText, p90Text, roughly } from "~/pages/stats/spans";
import { niceTop } from "~/ui/plot";

test("days are the tenant's", () => {
	const late = Date.parse("2026-03-04T17:30:00Z");
	assert.equal(dayOf(late), "2026-03-05", "half past one in Beijing");
	assert.equal(dayMs("2026-03-05"), Date.parse("2026-03-04T16:00:00Z"));
	offsetMin.value = -300;
	assert.equal(dayOf(late), "2026-03-04");
	offsetMin.value = 480;
	assert.ok(Number.isNaN(dayMs("")));
});

test("periods and the one before", () => {
	assert.deepEqual(rangeOf("week", "2026-03-03"), { from: "2026-02-25", until: "2026-03-03" });
	assert.deepEqual(rangeOf("month", "2026-03-31"), { from: "2026-03-01", until: "2026-03-31" });
	assert.deepEqual(rangeOf("lastMonth", "2026-03-31"), { from: "2026-02-01", until: "2026-02-28" });
	assert.equal(daysBetween("2026-03-01", "2026-03-31"), 31);
	assert.deepEqual(before({ from: "2026-03-01", until: "2026-03-02" }), { from: "2026-02-27", until: "2026-02-28" });
	assert.deepEqual(everyDay("2026-02-27", "2026-03-01"), ["2026-02-27", "2026-02-28", "2026-03-01"]);
});

test("a rate stands beside its counts, or is none", () => {
	const row = { counts: { valid: "13", contacted: "12", satisfied: "5", basicallySatisfied: "2", late: "1" } };
	assert.equal(rateText(row, "response"), "92.3 % (12/13)");
	assert.equal(fraction(row, "satisfaction"), "6.8/13");
	assert.equal(fraction(row, "onTime"), "12/13");
	assert.equal(rateText({ counts: { placed: "3" } }, "resolution"), "–");
	assert.equal(percent(undefined, "response"), undefined);
});

test("how long it took is said no finer than it is known", () => {
	language.value = "zh";
	const [minute, hour] = [60_000, 3_600_000];
	assert.deepEqual([20_000, 12.4 * minute, 3.46 * hour, 47 * hour, 50 * hour].map(roughly),
		["1 分钟", "12 分钟", "3.5 小时", "47 小时", "2.1 天"]);
	const row = { done: { orders: "35", medianMs: String(40 * minute), p90Ms: String(5 * hour) } };
	assert.equal(medianText(row, "done"), "约 40 分钟");
	assert.equal(p90Text(row, "done"), "九成在 5 小时内（35 单）");
	assert.equal(medianText(row, "accepted"), "–");
	language.value = "en";
	assert.equal(p90Text({ done: { ...row.done, orders: "1" } }, "done"), "9 of 10 within 5 h (1 order)");
	language.value = "zh";
});

test("a scale ends at a round number", () => {
	assert.deepEqual([0, 1, 3, 10, 11, 34, 99, 501].map(niceTop), [1, 1, 5, 10, 20, 50, 100, 1000]);
});

test("units stand below those that they belong to, whatever order they came in", () => {
	const nodes = [{ id: "g1", parentId: "c1" }, { id: "c1", parentId: "root" }, { id: "c2", parentId: "root" }, { id: "g2", parentId: "c1" }];
	assert.deepEqual(branches(nodes).map(({ node, depth }) => `${node.id} ${depth}`), ["c1 0", "g1 1", "g2 1", "c2 0"]);
});

test("movements come to the balance, or somebody is told by how much they do not", () => {
	const id = "m0000001";
	const provisional = `${id}/provisional`;
	const movements = [
		{ kind: "MOVEMENT_KIND_EARNED", amount: "5", debit: "issuance", credit: provisional },
		{ kind: "MOVEMENT_KIND_SETTLED", amount: "5", debit: provisional, credit: id },
		{ kind: "MOVEMENT_KIND_BONUS", amount: "3", debit: "issuance", credit: id },
		{ kind: "MOVEMENT_KIND_EARNED", amount: "8", debit: "issuance", credit: provisional },
		{ kind: "MOVEMENT_KIND_REVERSED", amount: "8", debit: provisional, credit: "issuance" },
	] as const;
	language.value = "zh";
	assert.equal(difference({ memberId: id, available: "8" }, [...movements]), 0);
	assert.equal(difference({ memberId: id, available: "7" }, [...movements]), -1);
	assert.deepEqual(movements.map(sign), ["+", "", "+", "+", "−"]);
});
