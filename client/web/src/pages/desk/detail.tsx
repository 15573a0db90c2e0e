/** One order: who and where, who could serve it, what happened. */
import { signal } from "@preact/signals";
import type { ContactJson, ExplainDispatchResponseJson, OrderJson } from "~api";
import { useEffect, useState } from "preact/hooks";
import { call } from "~/lib/rpc";
import { clock, fullTime, ms } from "~/lib/time";
import { categoryName, memberName, nodeName } from "~/lib/town";
import { Button } from "~/ui/button";
import { Pill, type Tone } from "~/ui/pill";
import { toastError } from "~/ui/toast";
import { actsOf, DANGEROUS } from "./actions";
import { Attachments } from "./attachments";
import { orders, put, rev, told } from "./board";
import { candidateFacts, candidateSum, candidatesOf, explain, whyItWaits } from "./candidates";
import { standing, TimeLeft } from "./list";
import { others, saidOf } from "./presence";
import { isDetailOpen, looked, openPanel, panel } from "./state";
import { isOpen, membersOf, stateOf, urgencyOf } from "./views";
import { text } from "./words";

/** In full, as long as the order is looked at. */
export const revealed = signal<{ orderId: string; contact: ContactJson } | undefined>(undefined);

const TONES: Record<string, Tone> = {
	PLACED: "warn",
	OFFERED: "accent",
	ACCEPTED: "good",
	STARTED: "good",
	HELD: "violet",
};

/** How long a window's decisions take, with room. */
const SETTLES_MS = 2000;

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
	return (
		<div class="fact">
			<dt>{name}</dt>
			<dd>{children}</dd>
		</div>
	);
}

function ContactFacts({ order }: { order: OrderJson }) {
	const words = text().detail;
	const full = revealed.value?.orderId === order.id ? revealed.value?.contact : undefined;
	const contact = full ?? order.contact;
	if (contact?.erased) return <Fact name={words.name}>{words.erased}</Fact>;
	return (
		<>
			<Fact name={words.address}>{contact?.address || words.hidden}</Fact>
			<Fact name={words.name}>{contact?.name || words.hidden}</Fact>
			<Fact name={words.phone}>
				{full?.phone ? <a href={`tel:${full.phone}`}>{full.phone}</a> : contact?.phone || words.hidden}{" "}
				{!full && (
					<Button kind="quiet" onClick={() => (panel.value = "reveal")}>
						{text().reveal}
					</Button>
				)}
			</Fact>
		</>
	);
}

function Facts({ order }: { order: OrderJson }) {
	const words = text().detail;
	return (
		<dl class="facts">
			<ContactFacts order={order} />
			{order.description && <Fact name={words.description}>{order.description}</Fact>}
			<Fact name={words.due}>
				{clock(ms(order.dueMs))} <TimeLeft id={order.id!} />
			</Fact>
			<Fact name={words.requester}>
				{clock(ms(order.placedMs))} · {text().roles[(order.requester?.role ?? "ROLE_UNSPECIFIED").slice(5)]}
			</Fact>
			<Fact name={words.escalation}>
				{words.levels[order.escalation ?? 0]}
				{(order.chases ?? 0) > 0 && ` · ${words.chases} ${order.chases}`}
				{(order.reworks ?? 0) > 0 && ` · ${words.reworks} ${order.reworks}`}
			</Fact>
			{(order.slots ?? []).length > 0 && (
				<Fact name={words.slots}>
					{order
						.slots!.map((slot) => memberName(slot.memberId) || `${text().open}${slot.skill ? ` (${slot.skill})` : ""}`)
						.join("、")}
				</Fact>
			)}
		</dl>
	);
}

/** Asked again when dispatch has looked at it again, which nobody is told of when it goes on waiting. */
function useExplained(order: OrderJson): ExplainDispatchResponseJson | undefined {
	const [said, hear] = useState<{ orderId: string; answer: ExplainDispatchResponseJson }>();
	useEffect(() => {
		let isOld = false;
		let timer = 0;
		const ask = () =>
			explain(order.id!).then((answer) => {
				if (isOld) return;
				hear({ orderId: order.id!, answer });
				const waitsMs = Math.max(0, ms(answer.againMs) - ms(answer.nowMs)) + SETTLES_MS;
				if (answer.againMs) timer = window.setTimeout(ask, waitsMs);
			}, toastError);
		timer = window.setTimeout(ask, 150);
		return () => {
			isOld = true;
			clearTimeout(timer);
		};
	}, [order.id, order.etag]);
	return said?.orderId === order.id ? said?.answer : undefined;
}

function Candidates({ order }: { order: OrderJson }) {
	const said = useExplained(order);
	const best = candidatesOf(order.id!, said ?? {})
		.filter((one) => !one.filtered)
		.slice(0, 5);
	const waits = said ? whyItWaits(said) : "";
	if (!said || (best.length === 0 && !waits)) return null;
	return (
		<section class="stack">
			<h3>{text().detail.candidates}</h3>
			{waits && <p class="soft waits">{waits}</p>}
			<ul class="candidates">
				{best.map((one) => (
					<li key={one.memberId}>
						<strong>{memberName(one.memberId)}</strong>
						<span class="soft" title={candidateSum(one)}>
							{candidateFacts(one)}
						</span>
					</li>
				))}
			</ul>
		</section>
	);
}

const eventName = (kind: string | undefined) => text().events[(kind ?? "").slice("EVENT_KIND_".length)] ?? kind;

function Timeline({ order }: { order: OrderJson }) {
	const entries = [...(order.timeline ?? [])].reverse();
	return (
		<section class="stack">
			<h3>{text().detail.timeline}</h3>
			<ol class="timeline">
				{entries.map((entry, i) => (
					<li key={entries.length - i}>
						<time dateTime={new Date(ms(entry.atMs)).toISOString()} title={fullTime(ms(entry.atMs))} class="soft">
							{clock(ms(entry.atMs))}
						</time>
						<span>
							<strong>
								{eventName(entry.kind)}
								{entry.undone && ` “${eventName(entry.undone)}”`}
							</strong>{" "}
							{memberName(entry.memberId)}{" "}
							<span class="soft">{text().roles[(entry.actor?.role ?? "ROLE_UNSPECIFIED").slice(5)]}</span>
							{entry.text && <span class="said">{entry.text}</span>}
						</span>
					</li>
				))}
			</ol>
		</section>
	);
}

/** What came of it, as those who did it said. */
function Outcome({ order }: { order: OrderJson }) {
	const done = order.completion;
	if (!done) return null;
	const words = text().detail;
	return (
		<section class="stack">
			<h3>{words.outcome}</h3>
			{(done.text || done.reason) && <p>{[done.text, done.reason].filter(Boolean).join(" · ")}</p>}
			<Attachments name={words.photos} all={done.photos ?? []} />
			{order.rating && (
				<p>
					{"★".repeat(order.rating.stars ?? 0)} {order.rating.comment}
				</p>
			)}
		</section>
	);
}

function Others() {
	const said = saidOf(others.value);
	return said === "" ? null : (
		<p class="collision" role="status">
			{said}
		</p>
	);
}

function Actions({ order }: { order: OrderJson }) {
	return (
		<div class="row acts">
			{isOpen(order) && stateOf(order) !== "COMPLETED" && (
				<Button kind="main" hint="D" onClick={() => openPanel("assign", [order.id!])}>
					{text().assign}
				</Button>
			)}
			{actsOf(order).map((act) => (
				<Button key={act} kind={DANGEROUS.has(act) ? "danger" : "quiet"} onClick={() => openPanel(act, [order.id!])}>
					{text().act[act]}
				</Button>
			))}
		</div>
	);
}

export function Detail() {
	void [rev.value, told.value];
	const id = looked.value;
	const order = orders.get(id);
	useEffect(() => {
		if (!id) return;
		if (revealed.peek()?.orderId !== id) revealed.value = undefined;
		// The list leaves contacts out; those who only pass by an order don't ask for it.
		const timer = setTimeout(() => {
			call("OrderService/GetOrder", { orderId: id }).then((said) => {
				if (said.order) put(said.order);
			}, toastError);
		}, 120);
		return () => clearTimeout(timer);
	}, [id]);
	if (!order)
		return (
			<aside class="detail-pane" aria-label={text().list}>
				<p class="soft none">{text().none}</p>
			</aside>
		);
	const kind = categoryName(order.categoryId);
	const state = stateOf(order) as "PLACED";
	return (
		<aside class="detail-pane" aria-labelledby="detail-title" tabIndex={-1} id="detail">
			<header class="stack">
				<div class="row">
					<span class="mono soft">{order.id}</span>
					<Pill tone={TONES[state] ?? ""}>{standing(order)}</Pill>
					{urgencyOf(order) !== "NORMAL" && (
						<Pill tone={urgencyOf(order) === "DANGER" ? "danger" : "warn"}>
							{text().urgency[urgencyOf(order) as "URGENT"]}
						</Pill>
					)}
					{order.private && <Pill tone="violet">{text().detail.private}</Pill>}
					<span class="grow" />
					<span class="only-narrow">
						<Button kind="quiet" onClick={() => (isDetailOpen.value = false)}>
							{text().close}
						</Button>
					</span>
				</div>
				<h2 id="detail-title">{order.title || kind}</h2>
				<p class="soft">
					{kind} · {nodeName(order.gridId)}
					{membersOf(order).length > 0 && ` · ${membersOf(order).map(memberName).join("、")}`}
				</p>
			</header>
			<Others />
			<Actions order={order} />
			<Facts order={order} />
			<Attachments name={text().detail.attachments} all={order.attachments ?? []} />
			<Outcome order={order} />
			{isOpen(order) && stateOf(order) !== "COMPLETED" && <Candidates order={order} />}
			<Timeline order={order} />
		</aside>
	);
}
