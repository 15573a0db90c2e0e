/** Shifts as people say them: the days, from when to when; and as the broker has them, spans of the week in minutes. */
import type { ShiftJson } from "~api";

export const DAY_MIN = 24 * 60;
const WEEK_MIN = 7 * DAY_MIN;

/** On these days (0 is Monday); one that ends before it begins ends on the next day. */
export interface Hours {
	days: number[];
	fromMin: number;
	toMin: number;
}

/** Spans that overlap or touch are one. */
function joined(spans: [from: number, to: number][]): [number, number][] {
	const out: [number, number][] = [];
	for (const [from, to] of spans.sort((a, b) => a[0] - b[0])) {
		const last = out[out.length - 1];
		if (last !== undefined && from < last[1]) last[1] = Math.max(last[1], to);
		else out.push([from, to]);
	}
	return out;
}

/** What is after Sunday's midnight is Monday's morning. */
export function toShifts(all: Hours[]): ShiftJson[] {
	const spans: [number, number][] = [];
	for (const { days, fromMin, toMin } of all)
		for (const day of days) {
			const from = day * DAY_MIN + fromMin;
			const to = day * DAY_MIN + (toMin <= fromMin ? toMin + DAY_MIN : toMin);
			spans.push([from, Math.min(to, WEEK_MIN)]);
			if (to > WEEK_MIN) spans.push([0, to - WEEK_MIN]);
		}
	return joined(spans).map(([fromMin, toMin]) => ({ fromMin, toMin }));
}

/** Whole days of a long span, and what is left of it, one by one. */
function* cut({ fromMin = 0, toMin = 0 }: ShiftJson): Generator<[day: number, from: number, to: number]> {
	for (let from = fromMin; from < toMin; ) {
		const day = Math.floor(from / DAY_MIN);
		const isLong = toMin - from > DAY_MIN;
		const to = isLong ? (day + 1) * DAY_MIN : toMin;
		yield [day, from % DAY_MIN, to % DAY_MIN];
		from = to;
	}
}

/** Days with the same hours stand in one line. */
export function toHours(shifts: ShiftJson[]): Hours[] {
	const lines = new Map<string, Hours>();
	for (const shift of shifts)
		for (const [day, fromMin, toMin] of cut(shift)) {
			const name = `${fromMin}-${toMin}`;
			const line = lines.get(name) ?? { days: [], fromMin, toMin };
			lines.set(name, { ...line, days: [...line.days, day] });
		}
	return [...lines.values()];
}

/** "18:30"; the end of a day is 24:00 where it ends something. */
export const hhmm = (minute: number, isEnd = false): string =>
	isEnd && minute % DAY_MIN === 0
		? "24:00"
		: `${String(Math.floor(minute / 60) % 24).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

/** Of <input type="time">; undefined when it is empty. */
export function minuteOf(text: string): number | undefined {
	const [, hours, minutes] = /^(\d\d):(\d\d)/.exec(text) ?? [];
	return hours === undefined ? undefined : Number(hours) * 60 + Number(minutes);
}

/** Days as they are said: 周一至周五. `to` joins the ends of a run of three or more. */
export function daysText(days: number[], names: string[], to: string, and: string): string {
	const sorted = [...new Set(days)].sort((a, b) => a - b);
	const runs: number[][] = [];
	for (const day of sorted) {
		const run = runs[runs.length - 1];
		if (run !== undefined && run[run.length - 1] === day - 1) run.push(day);
		else runs.push([day]);
	}
	return runs
		.flatMap((run) =>
			run.length > 2 ? [`${names[run[0]!]}${to}${names[run[run.length - 1]!]}`] : run.map((day) => names[day]!),
		)
		.join(and);
}
