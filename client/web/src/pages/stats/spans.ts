/**
 * How long things took, from placing to the first acceptance and to the completion. The broker estimates it from
 * buckets, so it is said with "about", and never without the orders that it is of.
 */
import type { RateRowJson } from "~api";
import { ms } from "~/lib/time";
import { text } from "./words";

export type Span = "accepted" | "done";

export const SPANS: Span[] = ["accepted", "done"];

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const spanOrders = (row: RateRowJson | undefined, span: Span): number => Number(row?.[span]?.orders ?? 0);

/** Half of the orders, and nine of ten, took no longer; undefined where there are none. */
export function medianMs(row: RateRowJson | undefined, span: Span): number | undefined {
	return spanOrders(row, span) === 0 ? undefined : ms(row?.[span]?.medianMs);
}

export function p90Ms(row: RateRowJson | undefined, span: Span): number | undefined {
	return spanOrders(row, span) === 0 ? undefined : ms(row?.[span]?.p90Ms);
}

/** No finer than it is known: "12 分", "3.5 小时", "2.1 天". */
export function roughly(spanMs: number): string {
	const { minutes, hours, days } = text();
	const tenth = (n: number) => String(Math.round(n * 10) / 10);
	if (spanMs < HOUR) return minutes(String(Math.max(1, Math.round(spanMs / MINUTE))));
	return spanMs < 2 * DAY ? hours(tenth(spanMs / HOUR)) : days(tenth(spanMs / DAY));
}

/** "约 12 分"; a dash where nothing was counted. */
export function medianText(row: RateRowJson | undefined, span: Span): string {
	const value = medianMs(row, span);
	return value === undefined ? "–" : text().about(roughly(value));
}

/** "九成在 40 分内（35 单）". */
export function p90Text(row: RateRowJson | undefined, span: Span): string {
	const value = p90Ms(row, span);
	return value === undefined ? "" : text().mostWithin(roughly(value), spanOrders(row, span));
}
