/** The member: whether offers come, when, and how this page looks. */
import { call } from "~/lib/rpc";
import { isElder } from "~/lib/theme";
import { language, setLanguage } from "~/lib/i18n";
import { clock, ms, now } from "~/lib/time";
import { attempt } from "~/phone/attempt";
import { signOut } from "~/phone/session";
import { text as phoneText } from "~/phone/words";
import { Button } from "~/ui/button";
import type { MemberJson, ShiftJson } from "~api";
import { member } from "./state";
import { text } from "./words";

const MINUTE_MS = 60_000;
const DAY_MIN = 24 * 60;
const MORNING_HOUR = 8;

const hhmm = (minute: number) =>
	`${String(Math.floor(minute / 60) % 24).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

function shiftText({ fromMin = 0, toMin = 0 }: ShiftJson): string {
	const end = toMin % DAY_MIN === 0 ? "24:00" : hhmm(toMin);
	return `${text().days[Math.floor(fromMin / DAY_MIN)]} ${hhmm(fromMin)}–${end}`;
}

function morning(): number {
	const at = new Date();
	at.setHours(at.getHours() < MORNING_HOUR ? MORNING_HOUR : MORNING_HOUR + 24, 0, 0, 0);
	return at.getTime();
}

function Pause({ self }: { self: MemberJson }) {
	const until = ms(self.pausedUntilMs);
	const pause = (untilMs: number) =>
		attempt(async () => {
			member.value = (await call("TaskService/SetAvailability", { pausedUntilMs: String(untilMs) })).member ?? self;
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
			</div>
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
	const shifts = self.shifts ?? [];
	return (
		<>
			<h2>{self.name}</h2>
			<Figures self={self} />
			<section class="card">
				<h2>{text().pause}</h2>
				<Pause self={self} />
			</section>
			<section class="card">
				<h2>{text().shifts}</h2>
				{shifts.length === 0 && <p>{text().always}</p>}
				<ul class="lines">
					{shifts.map((shift) => (
						<li key={shift.fromMin}>{shiftText(shift)}</li>
					))}
				</ul>
				{self.quiet && <p class="soft">{text().quiet(hhmm(self.quiet.fromMin ?? 0), hhmm(self.quiet.toMin ?? 0))}</p>}
			</section>
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
