/**
 * Words in the reader's language. zh-CN comes first and defines what there is to say; English has exactly the same
 * keys, or it does not compile. Each page has its own tables, so that no page loads another's words.
 *
 *   const text = words({ hello: "你好" }, { hello: "Hello" });   text().hello
 */
import { computed, signal } from "@preact/signals";
import { recall, remember } from "./store";

export type Language = "zh" | "en";

function first(): Language {
	const kept = recall("language");
	if (kept === "zh" || kept === "en") return kept;
	const asked = new URLSearchParams(globalThis.location?.search ?? "").get("lang");
	if (asked === "zh" || asked === "en") return asked;
	return /^en/i.test(globalThis.navigator?.language ?? "") ? "en" : "zh";
}

export const language = signal<Language>(first());
export const locale = computed(() => (language.value === "zh" ? "zh-CN" : "en-GB"));

export function setLanguage(to: Language): void {
	language.value = to;
	remember("language", to);
}

/** The same shape: texts stay texts, functions keep their arguments. */
export type Same<T> = T extends string
	? string
	: T extends (...args: infer A) => string
		? (...args: A) => string
		: { [K in keyof T]: Same<T[K]> };

export function words<T extends object>(zh: T, en: Same<T>): () => Same<T> {
	return () => (language.value === "zh" ? (zh as unknown as Same<T>) : en);
}
