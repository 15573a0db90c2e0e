/** What is to be done: offers first, then the tasks in hand. */
import { clock, ms, now } from "~/lib/time";
import { dropJob, jobs } from "~/phone/outbox";
import { text as phoneText } from "~/phone/words";
import { Button } from "~/ui/button";
import { OfferCard } from "./offer_card";
import { member, offers, readAtMs, tasks } from "./state";
import { TaskCard } from "./task_card";
import { text } from "./words";

/** What was refused and whose task is no longer here: given to somebody else, while this phone had no network. */
function Orphans() {
	const held = new Set(tasks.value.map((order) => order.id));
	const orphans = jobs.value.filter(
		(job) => job.refused !== undefined && "orderId" in job.request && !held.has(job.request.orderId),
	);
	return (
		<>
			{orphans.map((job) => (
				<div key={job.seq} class="refused" role="alert">
					<p>
						<strong>{phoneText().refused}</strong>：{job.refused}
					</p>
					<Button onClick={() => dropJob(job.seq)}>{phoneText().discard}</Button>
				</div>
			))}
		</>
	);
}

export function Work() {
	const pausedMs = ms(member.value?.pausedUntilMs);
	const isEmpty = offers.value.length + tasks.value.length === 0;
	if (readAtMs.value === 0) return <p class="empty">{phoneText().loading}</p>;
	return (
		<>
			<Orphans />
			{pausedMs > now.value && <p class="banner">{text().paused(clock(pausedMs))}</p>}
			{offers.value.length > 0 && (
				<section>
					<h2>{text().offers}</h2>
					<ul class="cards" aria-live="polite">
						{offers.value.map((order) => (
							<OfferCard key={order.id} order={order} />
						))}
					</ul>
				</section>
			)}
			{tasks.value.length > 0 && (
				<section>
					<h2>{text().tasks}</h2>
					<ul class="cards">
						{tasks.value.map((order) => (
							<TaskCard key={order.id} order={order} />
						))}
					</ul>
				</section>
			)}
			{isEmpty && (
				<div class="empty">
					<p>{text().noTasks}</p>
					<p class="soft">{text().noTasksMore}</p>
				</div>
			)}
		</>
	);
}
