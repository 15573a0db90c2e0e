/** Changing when offers may come, and when to be left alone. */
import { type Signal, useSignal } from "@preact/signals";
import { call, newKey } from "~/lib/rpc";
import { attempt } from "~/phone/attempt";
import { useDraft } from "~/phone/draft";
import { Icon } from "~/phone/icons";
import { text as phoneText } from "~/phone/words";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { Field } from "~/ui/field";
import type { MemberJson } from "~api";
import { type Hours, hhmm, minuteOf, toHours, toShifts } from "./hours";
import { member } from "./state";
import { text } from "./words";

const MOST_SHIFTS = 28;
const USUAL: Hours = { days: [0, 1, 2, 3, 4], fromMin: 18 * 60, toMin: 21 * 60 };
const NIGHT = { fromMin: 22 * 60, toMin: 7 * 60 };

interface TimesProps {
	fromMin: number;
	toMin: number;
	onChange: (times: { fromMin: number; toMin: number }) => void;
}

function Times({ fromMin, toMin, onChange }: TimesProps) {
	const set = (times: { fromMin: number | undefined; toMin: number | undefined }) => {
		if (times.fromMin !== undefined && times.toMin !== undefined)
			onChange({ fromMin: times.fromMin, toMin: times.toMin });
	};
	return (
		<div class="times">
			<Field
				label={text().from}
				type="time"
				value={hhmm(fromMin)}
				onChange={(event) => set({ fromMin: minuteOf(event.currentTarget.value), toMin })}
			/>
			<Field
				label={text().to}
				type="time"
				value={hhmm(toMin)}
				onChange={(event) => set({ fromMin, toMin: minuteOf(event.currentTarget.value) })}
			/>
		</div>
	);
}

interface LineProps {
	line: Hours;
	n: number;
	onChange: (line: Hours) => void;
	onRemove: () => void;
}

function Line({ line, n, onChange, onRemove }: LineProps) {
	const toggle = (day: number) =>
		onChange({
			...line,
			days: line.days.includes(day) ? line.days.filter((other) => other !== day) : [...line.days, day],
		});
	return (
		<fieldset class="card">
			<legend class="sr">{text().shiftNo(n)}</legend>
			<div class="days">
				{text().days.map((name, day) => (
					<button
						key={name}
						type="button"
						class="choice"
						aria-pressed={line.days.includes(day)}
						onClick={() => toggle(day)}
					>
						{name}
					</button>
				))}
			</div>
			<Times {...line} onChange={(times) => onChange({ ...line, ...times })} />
			<Button onClick={onRemove}>{text().removeShift}</Button>
		</fieldset>
	);
}

interface Form {
	lines: Signal<Hours[]>;
	quiet: Signal<{ fromMin: number; toMin: number } | undefined>;
}

async function save({ lines, quiet }: Form, self: MemberJson, key: string) {
	const times = { shifts: toShifts(lines.value), ...(quiet.value && { quiet: quiet.value }) };
	const said = await call("TaskService/SetShifts", { ...times, etag: self.etag ?? "" }, { key });
	const { quiet: _, ...rest } = self;
	member.value = { ...rest, ...times, etag: said.member?.etag ?? "" };
}

export function ShiftsEditor({ self, onClose }: { self: MemberJson; onClose: () => void }) {
	const { quiet: was } = self;
	const form: Form = {
		lines: useSignal(toHours(self.shifts ?? [])),
		quiet: useSignal(was && { fromMin: was.fromMin ?? 0, toMin: was.toMin ?? 0 }),
	};
	const key = useSignal(newKey());
	const wrong = useSignal("");
	const sent = useDraft("shifts", { ...form });
	const put = (n: number, line: Hours | undefined) =>
		(form.lines.value = form.lines.value.flatMap((other, i) => (i !== n ? [other] : line ? [line] : [])));
	const send = async () => {
		wrong.value = "";
		if (form.lines.value.some(({ days }) => days.length === 0)) wrong.value = text().dayMissing;
		else if (toShifts(form.lines.value).length > MOST_SHIFTS) wrong.value = text().tooManyShifts;
		else if (await attempt(() => save(form, self, key.value), text().shiftsSaved)) {
			sent();
			onClose();
		}
	};
	return (
		<Dialog title={text().shifts} onClose={onClose} onSubmit={send}>
			{form.lines.value.length === 0 && <p>{text().always}</p>}
			{form.lines.value.map((line, n) => (
				<Line
					key={n}
					line={line}
					n={n + 1}
					onChange={(changed) => put(n, changed)}
					onRemove={() => put(n, undefined)}
				/>
			))}
			<Button onClick={() => (form.lines.value = [...form.lines.value, USUAL])}>
				<Icon name="plus" /> {text().addShift}
			</Button>
			<label class="switch">
				<input
					type="checkbox"
					checked={form.quiet.value !== undefined}
					onChange={(event) => (form.quiet.value = event.currentTarget.checked ? NIGHT : undefined)}
				/>
				<span class="grow">{text().quietHours}</span>
			</label>
			{form.quiet.value && <Times {...form.quiet.value} onChange={(times) => (form.quiet.value = times)} />}
			{wrong.value && (
				<p class="wrong" role="alert">
					{wrong.value}
				</p>
			)}
			<div class="acts sticky">
				<Button onClick={onClose}>{phoneText().cancel}</Button>
				<Button kind="main" submit data-first>
					{text().save}
				</Button>
			</div>
		</Dialog>
	);
}
