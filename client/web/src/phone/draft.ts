/**
 * Forms that outlive their page: what was typed, photographed and said is kept while it is filled in, so that neither
 * closing the sheet, nor a session that ends, nor a phone that kills the page loses it. A draft is its owner's alone,
 * and is forgotten when it was sent, or after a week.
 */
import { type Signal, batch, effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ask } from "./keep";
import { selfId } from "./session";

type Form = Record<string, Signal<unknown>>;

interface Draft {
	atMs: number;
	values: Record<string, unknown>;
}

/** Typing comes in bursts. */
const CALM_MS = 150;
const KEPT_MS = 7 * 24 * 3600_000;

const read = (form: Form) => Object.fromEntries(Object.entries(form).map(([name, { value }]) => [name, value]));

/** A browser without room for it loses drafts, and nothing else. */
const quietly = <T>(work: Promise<T>) => work.catch(() => undefined);

/** What somebody has changed meanwhile is newer than what was kept. */
function fill(form: Form, first: Record<string, unknown>, kept: Draft | undefined) {
	if (kept === undefined) return;
	batch(() => {
		for (const [name, field] of Object.entries(form))
			if (field.peek() === first[name] && name in kept.values) field.value = kept.values[name];
	});
}

/** Keeps `form` under a name as long as it is on the screen. What comes back forgets it: when it was sent, or is empty. */
export function useDraft(name: string, form: Form): () => void {
	const key = `${selfId.peek()}.${name}`;
	const isSent = useRef(false);
	useEffect(() => {
		let timer: ReturnType<typeof setTimeout> | undefined;
		let stop = () => {};
		let isGone = false;
		const first = read(form);
		const save = () => {
			clearTimeout(timer);
			timer = undefined;
			const draft: Draft = { atMs: Date.now(), values: read(form) };
			if (!isSent.current) void quietly(ask("draft", "readwrite", (in_) => in_.put(draft, key)));
		};
		const watch = () => {
			let isFirst = true;
			stop = effect(() => {
				read(form);
				if (!isFirst) {
					clearTimeout(timer);
					timer = setTimeout(save, CALM_MS);
				}
				isFirst = false;
			});
		};
		void quietly(ask<Draft | undefined>("draft", "readonly", (in_) => in_.get(key))).then((kept) => {
			fill(form, first, kept);
			if (!isGone) watch(); // what was typed until it went is kept all the same
			if (Object.entries(read(form)).some(([field, value]) => value !== (kept?.values ?? first)[field])) save();
		});
		return () => {
			isGone = true;
			stop();
			if (timer !== undefined) save();
		};
	}, []);
	return () => {
		isSent.current = true;
		void quietly(ask("draft", "readwrite", (in_) => in_.delete(key)));
	};
}

/** Those that nobody came back to. */
export async function forgetDrafts(): Promise<void> {
	const keys = (await quietly(ask("draft", "readonly", (in_) => in_.getAllKeys()))) ?? [];
	for (const key of keys) {
		const draft = await quietly(ask<Draft>("draft", "readonly", (in_) => in_.get(key)));
		if (draft !== undefined && draft.atMs < Date.now() - KEPT_MS)
			await quietly(ask("draft", "readwrite", (in_) => in_.delete(key)));
	}
}
