import assert from "node:assert/strict";
import { test } from "node:test";
import { daysText, hhmm, minuteOf, toHours, toShifts } from "~/pages/m/hours";

const DAY = 1440;
const WORKDAYS = [0, 1, 2, 3, 4];
const NAMES = ["一", "二", "三", "四", "五", "六", "日"];

test("hours become shifts and come back as they were", () => {
	const evenings = { days: WORKDAYS, fromMin: 18 * 60, toMin: 21 * 60 };
	const weekend = { days: [5, 6], fromMin: 9 * 60, toMin: 17 * 60 };
	const shifts = toShifts([evenings, weekend]);
	assert.equal(shifts.length, 7);
	assert.deepEqual(shifts[1], { fromMin: DAY + 1080, toMin: DAY + 1260 });
	assert.deepEqual(toHours(shifts), [evenings, weekend]);
});

test("a night goes on on the next day, Sunday's on Monday", () => {
	assert.deepEqual(toShifts([{ days: [6], fromMin: 22 * 60, toMin: 6 * 60 }]), [
		{ fromMin: 0, toMin: 360 },
		{ fromMin: 6 * DAY + 1320, toMin: 7 * DAY },
	]);
	assert.deepEqual(toHours([{ fromMin: 1320, toMin: DAY + 360 }]), [{ days: [0], fromMin: 1320, toMin: 360 }]);
});

test("what overlaps is one span, what touches stays apart", () => {
	const of = (fromMin: number, toMin: number) => ({ days: [2], fromMin, toMin });
	assert.deepEqual(toShifts([of(540, 720), of(600, 660), of(700, 800)]), [{ fromMin: 2 * DAY + 540, toMin: 2 * DAY + 800 }]);
	assert.equal(toShifts([of(540, 600), of(600, 660)]).length, 2);
});

test("whole days and weeks are days", () => {
	assert.deepEqual(toHours([{ fromMin: 0, toMin: 7 * DAY }]), [{ days: [0, 1, 2, 3, 4, 5, 6], fromMin: 0, toMin: 0 }]);
	assert.equal(toShifts([{ days: [3], fromMin: 0, toMin: 0 }])[0]?.toMin, 4 * DAY);
	assert.deepEqual(toHours([]), []);
});

test("times and days are said as people say them", () => {
	assert.equal(hhmm(65), "01:05");
	assert.equal(hhmm(DAY, true), "24:00");
	assert.equal(hhmm(0), "00:00");
	assert.equal(minuteOf("21:30"), 1290);
	assert.equal(minuteOf(""), undefined);
	assert.equal(daysText([4, 0, 1, 2, 3, 6], NAMES, "至", "、"), "一至五、日");
	assert.equal(daysText([5, 6], NAMES, "至", "、"), "六、日");
});
