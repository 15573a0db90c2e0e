/** One order: where it stands, who is coming, and what the resident can do about it. */
import { useSignal } from "@preact/signals";
import { call } from "~/lib/rpc";
import { clock, ms } from "~/lib/time";
import { attempt } from "~/phone/attempt";
import { categoryOf, orderTitle } from "~/phone/categories";
import { categoryIcon, Icon } from "~/phone/icons";
import { selfId } from "~/phone/session";
import { reloadSoon } from "~/phone/live";
import { Pictures } from "~/phone/pictures";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { Pill, type Tone } from "~/ui/pill";
import type { HelperJson, OrderJson } from "~api";
import { CallUs } from "./call_us";
import { nameOf } from "./for_whom";
import { Rate } from "./rate";
import { text } from "./words";

type State = NonNullable<OrderJson["state"]>;

const STATES: Partial<Record<State, [keyof ReturnType<typeof text>["states"], Tone]>> = {
	ORDER_STATE_PLACED: ["placed", "accent"],
	ORDER_STATE_OFFERED: ["offered", "accent"],
	ORDER_STATE_ACCEPTED: ["accepted", "good"],
	ORDER_STATE_STARTED: ["started", "good"],
	ORDER_STATE_HELD: ["held", "warn"],
	ORDER_STATE_COMPLETED: ["completed", "warn"],
	ORDER_STATE_CLOSED: ["closed", ""],
	ORDER_STATE_CANCELLED: ["cancelled", ""],
	ORDER_STATE_REJECTED: ["rejected", "danger"],
};
const BEFORE_WORK = new Set<OrderJson["state"]>(["ORDER_STATE_PLACED", "ORDER_STATE_OFFERED", "ORDER_STATE_ACCEPTED"]);
const UNDER_WAY = new Set<OrderJson["state"]>([...BEFORE_WORK, "ORDER_STATE_STARTED", "ORDER_STATE_HELD"]);

const HELPERS: Record<NonNullable<HelperJson["kind"]>, keyof ReturnType<typeof text>["kinds"]> = {
	MEMBER_KIND_UNSPECIFIED: "volunteer",
	MEMBER_KIND_VOLUNTEER: "volunteer",
	MEMBER_KIND_PARTY_MEMBER: "party",
	MEMBER_KIND_GRID_WORKER: "worker",
	MEMBER_KIND_UNIT: "unit",
};

/** Enough to know them at the door. A member's own number is nobody's: questions go to the desk. */
function Coming({ order }: { order: OrderJson }) {
	const helpers = order.helpers ?? [];
	if (helpers.length === 0) return null;
	return (
		<section class="coming">
			<h3>{order.state === "ORDER_STATE_COMPLETED" ? text().came : text().coming}</h3>
			<ul class="stack">
				{helpers.map(({ memberId = "", kind = "MEMBER_KIND_VOLUNTEER", name = "", acceptedMs }) => (
					<li key={memberId} class="helper">
						<Icon name="person" />
						<p class="grow">
							{name && <strong>{kind === "MEMBER_KIND_UNIT" ? name : text().called(name)} </strong>}
							<Pill tone="good">{text().kinds[HELPERS[kind]]}</Pill> <span>{text().badge(memberId)}</span>{" "}
							<span class="soft">{text().acceptedAt(clock(ms(acceptedMs)))}</span>
						</p>
					</li>
				))}
			</ul>
			{order.deskPhone && (
				<a class="button" href={`tel:${order.deskPhone}`}>
					<Icon name="phone" /> {text().askDesk}
				</a>
			)}
		</section>
	);
}

function Code({ order }: { order: OrderJson }) {
	if (!order.completionCode || !UNDER_WAY.has(order.state)) return null;
	return (
		<div class="code">
			<span>{text().code}</span>
			<strong>{order.completionCode}</strong>
			<span class="soft">{text().codeWhy}</span>
		</div>
	);
}

function Cancel({ order, onClose }: { order: OrderJson; onClose: () => void }) {
	const cancel = async () => {
		onClose();
		await attempt(() => call("OrderService/CancelOrder", { orderId: order.id! }), text().cancelled);
		reloadSoon();
	};
	return (
		<Dialog title={text().cancelWhy} onClose={onClose} onSubmit={cancel}>
			<p>{orderTitle(order)}</p>
			<div class="acts">
				<CallUs />
				<Button onClick={onClose}>{text().keep}</Button>
				<Button kind="danger" submit>
					{text().cancelYes}
				</Button>
			</div>
		</Dialog>
	);
}

function Result({ order }: { order: OrderJson }) {
	const { completion, rating } = order;
	return (
		<>
			{(completion?.text || completion?.reason) && (
				<p>
					<span class="soft">{text().result}</span> {completion.text || completion.reason}
				</p>
			)}
			{completion?.codeGiven && (
				<p class="good">
					<Icon name="check" /> {text().verified}
				</p>
			)}
			<Pictures attachments={completion?.photos ?? []} />
			{!!rating?.stars && <p>{text().starOf(rating.stars)}</p>}
		</>
	);
}

function Acts({ order }: { order: OrderJson }) {
	const open = useSignal<"" | "cancel" | "rate">("");
	const close = () => (open.value = "");
	// Only who was helped can say how it was.
	const isOwn = order.beneficiaryId === selfId.value;
	const chase = async () => {
		await attempt(() => call("OrderService/ChaseOrder", { orderId: order.id! }), text().chased);
		reloadSoon();
	};
	const reopen = async () => {
		await attempt(() => call("OrderService/ReopenOrder", { orderId: order.id! }), text().reopened);
		reloadSoon();
	};
	return (
		<div class="acts">
			{BEFORE_WORK.has(order.state) && <Button onClick={() => (open.value = "cancel")}>{text().cancelOrder}</Button>}
			{UNDER_WAY.has(order.state) && <Button onClick={chase}>{text().chase}</Button>}
			{order.state === "ORDER_STATE_COMPLETED" && !isOwn && <p class="soft">{text().askThem}</p>}
			{order.state === "ORDER_STATE_COMPLETED" && isOwn && (
				<Button kind="main" onClick={() => (open.value = "rate")}>
					<Icon name="star" /> {text().rate}
				</Button>
			)}
			{order.state === "ORDER_STATE_CLOSED" && (
				<Button kind="quiet" onClick={reopen}>
					{text().reopen}
				</Button>
			)}
			{open.value === "cancel" && <Cancel order={order} onClose={close} />}
			{open.value === "rate" && <Rate order={order} onClose={close} />}
		</div>
	);
}

export function OrderCard({ order }: { order: OrderJson }) {
	const isForOther = order.beneficiaryId !== selfId.value;
	const [name, tone] = STATES[order.state ?? "ORDER_STATE_PLACED"] ?? ["placed", ""];
	return (
		<li class="card" data-order={order.id}>
			<div class="card-head">
				<span class="badge">
					<Icon name={categoryIcon(categoryOf(order)?.code ?? "")} />
				</span>
				<h2>{orderTitle(order)}</h2>
			</div>
			<p class="row">
				<Pill tone={tone}>{text().states[name]}</Pill>
				{isForOther && (
					<Pill tone="violet">{text().forName(nameOf(order.beneficiaryId ?? "") || order.contact?.name || "")}</Pill>
				)}
				{!!order.chases && <Pill>{text().chasedTimes(order.chases)}</Pill>}
			</p>
			{order.description && <p class="words">{order.description}</p>}
			<p class="soft">
				{text().since(clock(ms(order.placedMs)))}
				{UNDER_WAY.has(order.state) && ms(order.dueMs) > 0 && ` · ${text().dueBy(clock(ms(order.dueMs)))}`}
			</p>
			<Coming order={order} />
			<Code order={order} />
			<Pictures attachments={order.attachments ?? []} />
			<Result order={order} />
			<Acts order={order} />
		</li>
	);
}
