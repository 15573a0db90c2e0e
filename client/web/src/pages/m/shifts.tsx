/** 值班时间: when offers may come, as the member says themselves; and when to be left alone. */
import { useSignal } from "@preact/signals";
import { Button } from "~/ui/button";
import type { MemberJson } from "~api";
import { daysText, hhmm, toHours } from "./hours";
import { ShiftsEditor } from "./shifts_editor";
import { text } from "./words";

export function Shifts({ self }: { self: MemberJson }) {
	const isOpen = useSignal(false);
	const lines = toHours(self.shifts ?? []);
	return (
		<section class="card">
			<h2>{text().shifts}</h2>
			{lines.length === 0 && <p>{text().always}</p>}
			<ul class="lines">
				{lines.map(({ days, fromMin, toMin }) => (
					<li key={`${fromMin}-${toMin}`}>
						<span class="grow">{daysText(days, text().days, text().daysTo, text().daysAnd)}</span>
						<strong>
							{hhmm(fromMin)}–{hhmm(toMin, true)}
						</strong>
					</li>
				))}
			</ul>
			{self.quiet && (
				<p class="soft">{text().quiet(hhmm(self.quiet.fromMin ?? 0), hhmm(self.quiet.toMin ?? 0, true))}</p>
			)}
			<Button onClick={() => (isOpen.value = true)}>{text().change}</Button>
			{isOpen.value && <ShiftsEditor self={self} onClose={() => (isOpen.value = false)} />}
		</section>
	);
}
