/** What was just done can be taken back for ten seconds: by the toast that tells of it, or Ctrl+Z. */
import { signal } from "@preact/signals";
import type { ErrorInfoJson, UndoJson } from "~api";
import { language } from "~/lib/i18n";
import { call, newKey } from "~/lib/rpc";
import { toast, toastError } from "~/ui/toast";
import { refreshSoon } from "./board";
import { current, panel } from "./state";
import { text } from "./words";

const SHOWN_MS = 10_000;
const BULK = 100;

/** One order of several, and what came of it. */
export interface Row {
	orderId?: string;
	error?: ErrorInfoJson;
}

export interface DoneRow extends Row {
	undo?: UndoJson;
}

export const results = signal<Row[]>([]);

export function errorText(error: ErrorInfoJson | undefined): string {
	return (language.value === "zh" ? error?.messageZh : error?.messageEn) ?? "";
}

/** Those that failed are shown, one by one. */
export function showResults(rows: Row[]): void {
	results.value = rows;
	if (rows.some((one) => one.error)) panel.value = "results";
}

interface Step {
	items: { orderId: string; line: number }[];
	untilMs: number;
	key: string;
}

let last: Step | undefined;

async function takeBack({ items, key }: Step): Promise<void> {
	const rows: Row[] = [];
	for (let at = 0; at < items.length; at += BULK) {
		const some = items.slice(at, at + BULK);
		rows.push(...((await call("DeskService/UndoCommands", { items: some }, { key: `${key}-${at}` })).results ?? []));
	}
	const bad = rows.filter((one) => one.error);
	if (rows.length === 1 && bad.length === 1) toast(errorText(bad[0]!.error), undefined, 8000, true);
	else {
		toast(text().undone(rows.length - bad.length));
		showResults(rows);
	}
	if (rows.length === 1) current.value = rows[0]!.orderId ?? "";
	refreshSoon();
}

/** The newest, as long as there is time. */
export function undoLast(): void {
	const step = last;
	last = undefined;
	if (step && step.untilMs > Date.now()) void takeBack(step).catch(toastError);
	else toast(text().nothingToUndo);
}

export function offerUndo(said: string, done: DoneRow[]): void {
	const items = done
		.filter((one) => one.undo)
		.map(({ orderId, undo }) => ({ orderId: orderId!, line: undo!.line ?? 0 }));
	if (items.length === 0) {
		toast(said);
		return;
	}
	const step = { items, untilMs: Date.now() + SHOWN_MS, key: newKey() };
	last = step;
	const act = () => {
		if (last === step) last = undefined;
		void takeBack(step).catch(toastError);
	};
	toast(said, { text: text().undo, act, untilMs: step.untilMs }, SHOWN_MS);
}
