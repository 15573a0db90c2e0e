/** The member: whether offers come, when, and how this page looks. */
import { call } from "~/lib/rpc";
import { isElder } from "~/lib/theme";
import { language, setLanguage } from "~/lib/i18n";
import { useSignal } from "@preact/signals";
import { clock, ms, now } from "~/lib/time";
import { attempt } from "~/phone/attempt";
import { reloadSoon } from "~/phone/live";
import { signOut } from "~/phone/session";
import { text as phoneText } from "~/phone/words";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { Field } from "~/ui/field";
import type { MemberJson } from "~api";
import { hhmm } from "./hours";
import { Shifts } from "./shifts";
import { member } from "./state";
import { text } from "./words";

const MINUTE_MS = 60_000;
const MORNING_HOUR = 8;

function morning(): number {
	const at = new Date();
	at.setHours(at.getHours() < MORNING_HOUR ? MORNING_HOUR : MORNING_HOUR + 24, 0, 0, 0);
	return at.getTime();
}

/** For <input type="date">, in the phone's own time. */
function dateText(atMs: number): string {
	const at = new Date(atMs - new Date(atMs).getTimezoneOffset() * MINUTE_MS);
	return at.toISOString().slice(0, "2026-01-01".length);
}

function PauseUntil({ onPause, onClose }: { onPause: (untilMs: number) => unknown; onClose: () => void }) {
	const date = useSignal(dateText(Date.now() + 24 * 60 * MINUTE_MS));
	const time = useSignal(hhmm(MORNING_HOUR * 60));
	const wrong = useSignal<string | undefined>(undefined);
	const send = () => {
		const atMs = new Date(`${date.value}T${time.value}`).getTime();
		wrong.value = atMs > Date.now() ? undefined : text().timePast;
		if (wrong.value !== undefined) return;
		onClose();
		onPause(atMs);
	};
	return (
		<Dialog title={text().pause} onClose={onClose} onSubmit={send}>
			<div class="times">
				<Field
					label={text().untilDate}
					type="date"
					value={date.value}
					min={dateText(Date.now())}
					onInput={(event) => (date.value = event.currentTarget.value)}
				/>
				<Field
					label={text().untilTime}
					type="time"
					wrong={wrong.value}
					value={time.value}
					onInput={(event) => (time.value = event.currentTarget.value)}
				/>
			</div>
			<div class="acts">
				<Button onClick={onClose}>{phoneText().cancel}</Button>
				<Button kind="main" submit data-first>
					{text().pause}
				</Button>
			</div>
		</Dialog>
	);
}

function Pause({ self }: { self: MemberJson }) {
	const until = ms(self.pausedUntilMs);
	const isChoosing = useSignal(false);
	const pause = (untilMs: number) =>
		attempt(async () => {
			await call("TaskService/SetAvailability", { pausedUntilMs: String(untilMs) });
			member.value = { ...self, pausedUntilMs: String(untilMs) };
			reloadSoon();
		});
	if (until > now.value)
		return (
			<>
				<p>{text().paused(clock(until))}</p>
				<Button kind="main" onClick={() => pause(0)}>
					{text().resume}
				</Button>
			</>
		);
	const after = (minutes: number) => () => pause(Date.now() + minutes * MINUTE_MS);
	return (
		<>
			<p class="good">{text().onDuty}</p>
			<div class="acts">
				<Button onClick={after(30)}>{text().pauses.half}</Button>
				<Button onClick={after(120)}>{text().pauses.two}</Button>
				<Button onClick={() => pause(morning())}>{text().pauses.day}</Button>
				<Button onClick={() => (isChoosing.value = true)}>{text().pauses.other}</Button>
			</div>
			{isChoosing.value && <PauseUntil onPause={pause} onClose={() => (isChoosing.value = false)} />}
		</>
	);
}

function Figures({ self }: { self: MemberJson }) {
	return (
		<dl class="figures">
			<div>
				<dt>{text().done}</dt>
				<dd>{self.jobsDone ?? 0}</dd>
			</div>
			<div>
				<dt>{text().rating}</dt>
				<dd>{self.ratings ? (self.rating ?? 0).toFixed(1) : "–"}</dd>
			</div>
			<div>
				<dt>{text().holding}</dt>
				<dd>{self.holding ?? 0}</dd>
			</div>
		</dl>
	);
}

export function Me() {
	const self = member.value;
	if (self === undefined) return <p class="empty">{phoneText().loading}</p>;
	return (
		<>
			<h2>{self.name}</h2>
			<Figures self={self} />
			<section class="card">
				<h2>{text().pause}</h2>
				<Pause self={self} />
			</section>
			<Shifts self={self} />
			<section class="card">
				<label class="switch">
					<input
						type="checkbox"
						checked={isElder.value}
						onChange={(event) => (isElder.value = event.currentTarget.checked)}
					/>
					<span class="grow">{text().elder}</span>
				</label>
				<Button onClick={() => setLanguage(language.value === "zh" ? "en" : "zh")}>{phoneText().language}</Button>
				<Button kind="danger" onClick={() => attempt(signOut)}>
					{text().signOut}
				</Button>
			</section>
		</>
	);
}
