/**
 * Keys that do something. None does while an input method composes, while somebody types into a field (but Escape and
 * those with Ctrl or Meta), or while a dialog is open that is not the keys' own. Single keys can be switched off
 * (WCAG 2.1.4).
 */
import { signal } from "@preact/signals";
import { recall, remember } from "./store";

export interface Pressed {
	key: string;
	ctrlKey: boolean;
	metaKey: boolean;
	altKey: boolean;
	isComposing: boolean;
	keyCode: number;
	target: EventTarget | null;
}

export const singleKeys = signal(recall("keys") !== "off");

export function setSingleKeys(on: boolean): void {
	singleKeys.value = on;
	remember("keys", on ? "" : "off");
}

function isField(target: EventTarget | null): boolean {
	const element = target as { tagName?: string; type?: string; isContentEditable?: boolean } | null;
	if (!element?.tagName) return false;
	if (element.isContentEditable || element.tagName === "TEXTAREA" || element.tagName === "SELECT") return true;
	return element.tagName === "INPUT" && !/^(checkbox|radio|button)$/.test(element.type ?? "");
}

/** The name of what was pressed, "j", "?", "Ctrl+k", "Escape"; "" when it is nobody's business. */
export function keyName(event: Pressed): string {
	// While composing, Chrome says 229 and Safari sends the ending key without isComposing.
	if (event.isComposing || event.keyCode === 229) return "";
	const isCommand = event.ctrlKey || event.metaKey;
	if (event.altKey) return "";
	if (isCommand) return `Ctrl+${event.key.toLowerCase()}`;
	if (event.key === "Escape") return event.key;
	if (isField(event.target)) return "";
	if (event.key.length === 1) return singleKeys.peek() ? event.key.toLowerCase() : "";
	return event.key;
}

export type KeyMap = Record<string, (event: KeyboardEvent) => void>;

/** Listens until the returned function is called. */
export function listenKeys(map: KeyMap): () => void {
	const hear = (event: KeyboardEvent) => {
		if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
		const act = map[keyName(event)];
		if (!act) return;
		// Enter and Space of a focused button are the button's.
		if ((event.key === "Enter" || event.key === " ") && (event.target as Element).closest("button,a,summary")) return;
		event.preventDefault();
		act(event);
	};
	addEventListener("keydown", hear);
	return () => removeEventListener("keydown", hear);
}
