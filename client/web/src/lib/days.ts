/** Days as the tenant counts them, "2026-03-05", whatever the reader's own clock says. */
import { signal } from "@preact/signals";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Minutes east of UTC, of the tenant's policy; Beijing's until that is read. */
export const offsetMin = signal(480);

export function dayOf(atMs: number): string {
	return new Date(atMs + offsetMin.value * MINUTE_MS).toISOString().slice(0, 10);
}

/** The day's first moment; NaN of what is no day. */
export function dayMs(day: string): number {
	return Date.parse(`${day}T00:00:00Z`) - offsetMin.value * MINUTE_MS;
}

export function addDays(day: string, n: number): string {
	return dayOf(dayMs(day) + n * DAY_MS);
}

/** How many there are from one to another, both of them counted. */
export function daysBetween(from: string, until: string): number {
	return Math.round((dayMs(until) - dayMs(from)) / DAY_MS) + 1;
}

export function everyDay(from: string, until: string): string[] {
	return Array.from({ length: Math.max(0, daysBetween(from, until)) }, (_, i) => addDays(from, i));
}

export interface Range {
	from: string;
	until: string;
}

export const RANGES = ["week", "thirty", "month", "lastMonth", "quarter"] as const;
export type RangeName = (typeof RANGES)[number];

export function rangeOf(name: RangeName, today: string): Range {
	const first = `${today.slice(0, 8)}01`;
	const before = addDays(first, -1);
	switch (name) {
		case "week":
			return { from: addDays(today, -6), until: today };
		case "thirty":
			return { from: addDays(today, -29), until: today };
		case "month":
			return { from: first, until: today };
		case "lastMonth":
			return { from: `${before.slice(0, 8)}01`, until: before };
		case "quarter":
			return { from: addDays(today, -89), until: today };
	}
}

/** As long, right before it. */
export function before({ from, until }: Range): Range {
	return { from: addDays(from, -daysBetween(from, until)), until: addDays(from, -1) };
}
