import type { ComponentChildren } from "preact";

export type Tone = "" | "accent" | "danger" | "warn" | "good" | "violet";

export function Pill({ tone = "", children }: { tone?: Tone; children: ComponentChildren }) {
	return <span class={`pill ${tone}`}>{children}</span>;
}
