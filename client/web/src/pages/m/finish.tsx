/** Completing a task: what came of it, with a line, a photo or the code as evidence. It goes to the outbox. */
import { type Signal, useSignal } from "@preact/signals";
import { newKey } from "~/lib/rpc";
import { ms } from "~/lib/time";
import { attempt } from "~/phone/attempt";
import { categoryOf } from "~/phone/categories";
import { useDraft } from "~/phone/draft";
import { type Job, dropJob, post } from "~/phone/outbox";
import { Photos } from "~/phone/photos";
import { selfId } from "~/phone/session";
import { text as phoneText } from "~/phone/words";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { Area, Field } from "~/ui/field";
import type { CompleteTaskRequestJson, OrderJson, OutcomeJson } from "~api";
import { text } from "./words";

const OUTCOMES: [OutcomeJson, "solved" | "partly" | "unable"][] = [
	["OUTCOME_SOLVED", "solved"],
	["OUTCOME_PARTLY", "partly"],
	["OUTCOME_UNABLE", "unable"],
];
const MINUTE_MS = 60_000;
const STEP_MIN = 15;
const MOST_MIN = 1440;
const NOTE_CHARS = 2000;
const CODE_CHARS = 8;

/** Since it was started, to five minutes. */
function minutesSince(order: OrderJson): number {
	const startedMs = ms(order.slots?.find((slot) => slot.memberId === selfId.value)?.startedMs);
	if (startedMs === 0) return 0;
	return Math.min(MOST_MIN, Math.max(5, Math.round((Date.now() - startedMs) / MINUTE_MS / 5) * 5));
}

interface Form {
	outcome: Signal<OutcomeJson>;
	note: Signal<string>;
	code: Signal<string>;
	minutes: Signal<number>;
	photos: Signal<Blob[]>;
}

/** Empty, or as it was left, or before the broker refused it. */
function useForm(order: OrderJson, before: Job | undefined): Form {
	const was = (before?.request ?? {}) as CompleteTaskRequestJson;
	return {
		outcome: useSignal<OutcomeJson>(was.outcome ?? "OUTCOME_SOLVED"),
		note: useSignal(was.text || was.reason || ""),
		code: useSignal(""),
		minutes: useSignal(was.durationMin ?? minutesSince(order)),
		photos: useSignal<Blob[]>(before?.files.map((file) => file.blob) ?? []),
	};
}

function missing(form: Form): string | undefined {
	const hasNote = form.note.value.trim() !== "";
	if (form.outcome.value !== "OUTCOME_SOLVED") return hasNote ? undefined : text().reasonMissing;
	return hasNote || form.code.value !== "" || form.photos.value.length > 0 ? undefined : text().evidenceMissing;
}

async function submit(order: OrderJson, form: Form, before: Job | undefined) {
	const note = form.note.value.trim();
	const isSolved = form.outcome.value === "OUTCOME_SOLVED";
	const request = {
		requestId: newKey(),
		orderId: order.id!,
		deviceMs: String(Date.now()),
		outcome: form.outcome.value,
		text: note,
		reason: isSolved ? "" : note,
		durationMin: form.minutes.value,
		completionCode: form.code.value,
	};
	const files = form.photos.value.map((blob) => ({ blob }));
	await post({ method: "TaskService/CompleteTask", request, files, into: "photos" });
	if (before !== undefined) await dropJob(before.seq);
}

function Minutes({ minutes }: { minutes: Signal<number> }) {
	const step = (by: number) => (minutes.value = Math.min(MOST_MIN, Math.max(0, minutes.value + by)));
	return (
		<div class="stepper" role="group" aria-label={text().minutes}>
			<span>{text().minutes}</span>
			<Button aria-label={text().less} onClick={() => step(-STEP_MIN)}>
				−
			</Button>
			<output>{minutes.value}</output>
			<Button aria-label={text().longer} onClick={() => step(STEP_MIN)}>
				＋
			</Button>
		</div>
	);
}

function Outcomes({ outcome }: { outcome: Signal<OutcomeJson> }) {
	return (
		<div class="choices" role="group" aria-label={text().outcome}>
			{OUTCOMES.map(([value, name]) => (
				<button
					key={value}
					type="button"
					class="choice"
					aria-pressed={outcome.value === value}
					onClick={() => (outcome.value = value)}
				>
					{text().outcomes[name]}
				</button>
			))}
		</div>
	);
}

export function Finish({ order, before, onClose }: { order: OrderJson; before: Job | undefined; onClose: () => void }) {
	const form = useForm(order, before);
	const { outcome, note, code, photos } = form;
	const forget = useDraft(`finish.${order.id}`, { outcome, note, code, photos });
	const wrong = useSignal<string | undefined>(undefined);
	const isSolved = form.outcome.value === "OUTCOME_SOLVED";
	const close = () => {
		if (note.value + code.value === "" && photos.value.length === 0) forget();
		onClose();
	};
	const send = () => {
		wrong.value = missing(form);
		if (wrong.value !== undefined) return;
		onClose();
		void attempt(() => submit(order, form, before)).then((isTaken) => isTaken && forget());
	};
	return (
		<Dialog title={text().finishTitle} onClose={close} onSubmit={send}>
			<Outcomes outcome={form.outcome} />
			{isSolved && (
				<div class="chips">
					{text().quick.map((line) => (
						<button
							key={line}
							type="button"
							class="chip"
							aria-pressed={form.note.value === line}
							onClick={() => (form.note.value = line)}
						>
							{line}
						</button>
					))}
				</div>
			)}
			<Area
				label={isSolved ? text().note : text().reason}
				wrong={wrong.value}
				rows={2}
				value={form.note.value}
				maxLength={NOTE_CHARS}
				onInput={(event) => (form.note.value = event.currentTarget.value)}
			/>
			<Photos photos={form.photos} />
			<Field
				label={text().code}
				value={form.code.value}
				maxLength={CODE_CHARS}
				inputMode="numeric"
				autoComplete="off"
				required={categoryOf(order)?.codeRequired ?? false}
				onInput={(event) => (form.code.value = event.currentTarget.value.trim())}
			/>
			<Minutes minutes={form.minutes} />
			<div class="acts sticky">
				<Button onClick={close}>{phoneText().cancel}</Button>
				<Button kind="main" submit data-first>
					{text().submit}
				</Button>
			</div>
		</Dialog>
	);
}
