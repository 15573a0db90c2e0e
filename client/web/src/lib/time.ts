/** Times as people say them. The clock is the server's as far as the page knows it; it ticks once a second. */
import { signal } from "@preact/signals";
import { language, locale } from "./i18n";

/** int64 of proto3 JSON. */
export const ms = (text: string | undefined): number => Number(text ?? 0);

/** Now, to the second; one timer for the whole page. Nothing ticks while nobody looks. */
export const now = signal(Date.now());

export function startClock(everyMs = 1000): void {
	setInterval(() => {
		if (document.visibilityState === "visible") now.value = Date.now();
	}, everyMs);
	document.addEventListener("visibilitychange", () => {
		now.value = Date.now();
	});
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The two largest units, "2 小时 5 分" or "2 h 5 min". */
export function duration(spanMs: number): string {
	const span = Math.abs(spanMs);
	const zh = language.value === "zh";
	const days = Math.floor(span / DAY);
	const hours = Math.floor((span % DAY) / HOUR);
	const minutes = Math.floor((span % HOUR) / MINUTE);
	if (days > 0)
		return zh ? `${days} 天${hours > 0 ? ` ${hours} 小时` : ""}` : `${days} d${hours > 0 ? ` ${hours} h` : ""}`;
	if (hours > 0) return zh ? `${hours} 小时 ${minutes} 分` : `${hours} h ${minutes} min`;
	if (span >= MINUTE) return zh ? `${minutes} 分` : `${minutes} min`;
	const seconds = Math.floor(span / 1000);
	return zh ? `${seconds} 秒` : `${seconds} s`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(kind: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
	const name = locale.value + kind;
	let found = formats.get(name);
	if (!found) {
		found = new Intl.DateTimeFormat(locale.value, options);
		formats.set(name, found);
	}
	return found;
}

/** "14:05", or with the date when it is not today. */
export function clock(atMs: number, todayMs = Date.now()): string {
	if (atMs === 0) return "";
	const isToday = new Date(atMs).toDateString() === new Date(todayMs).toDateString();
	return isToday
		? format("t", { hour: "2-digit", minute: "2-digit", hour12: false }).format(atMs)
		: format("d", { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false }).format(atMs);
}

export function fullTime(atMs: number): string {
	return format("f", { dateStyle: "medium", timeStyle: "medium", hour12: false }).format(atMs);
}
