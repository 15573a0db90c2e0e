/** A task in hand: who, where, the way there, and the next step. */
import { useSignal } from "@preact/signals";
import { call, newKey } from "~/lib/rpc";
import { clock, ms } from "~/lib/time";
import { attempt } from "~/phone/attempt";
import { categoryOf, orderTitle } from "~/phone/categories";
import { useDraft } from "~/phone/draft";
import { Icon } from "~/phone/icons";
import { reloadSoon } from "~/phone/live";
import { type Job, dropJob, post } from "~/phone/outbox";
import { selfId } from "~/phone/session";
import { text as phoneText } from "~/phone/words";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { Area } from "~/ui/field";
import { Pill } from "~/ui/pill";
import type { OrderJson } from "~api";
import { Finish } from "./finish";
import { OrderFacts } from "./order_facts";
import { jobOf, take } from "./state";
import { text } from "./words";

/** Any map app takes it; the words name the pin. */
function mapLink(order: OrderJson): string | undefined {
	const { lat, lon } = order.point ?? {};
	if (lat === undefined || lon === undefined) return undefined;
	return `geo:${lat},${lon}?q=${lat},${lon}(${encodeURIComponent(order.contact?.address || orderTitle(order))})`;
}

function Whom({ order }: { order: OrderJson }) {
	const { name = "", phone, address } = order.contact ?? {};
	const way = mapLink(order);
	return (
		<>
			{(name || address) && (
				<p class="whom">
					<strong>{name}</strong> <span>{address}</span>
				</p>
			)}
			<div class="acts">
				{way && (
					<a class="button" href={way}>
						<Icon name="way" /> {text().navigate}
					</a>
				)}
				{phone && (
					<a class="button" href={`tel:${phone}`} aria-label={text().call(name)}>
						<Icon name="phone" /> {text().callShort}
					</a>
				)}
			</div>
		</>
	);
}

function HandBack({ order, onClose }: { order: OrderJson; onClose: () => void }) {
	const reason = useSignal("");
	const sent = useDraft(`back.${order.id}`, { reason });
	const send = () => {
		if (reason.value.trim() === "") return;
		onClose();
		void attempt(async () => {
			take((await call("TaskService/HandBackTask", { orderId: order.id!, reason: reason.value.trim() })).order);
			sent();
		}, text().handedBack);
	};
	return (
		<Dialog title={text().handBack} onClose={onClose} onSubmit={send}>
			<Area
				label={text().handBackWhy}
				value={reason.value}
				maxLength={2000}
				onInput={(event) => (reason.value = event.currentTarget.value)}
			/>
			<div class="acts">
				<Button onClick={onClose}>{phoneText().cancel}</Button>
				<Button kind="main" submit disabled={reason.value.trim() === ""}>
					{text().handBack}
				</Button>
			</div>
		</Dialog>
	);
}

/** The start counts from the phone's clock, with or without a network. */
function beginTask(order: OrderJson) {
	const request = { requestId: newKey(), orderId: order.id!, deviceMs: String(Date.now()) };
	void attempt(() => post({ method: "TaskService/StartTask", request, files: [], into: "photos" }));
}

function Refused({ job, onAgain }: { job: Job; onAgain: () => void }) {
	return (
		<div class="refused" role="alert">
			<p>
				<strong>{phoneText().refused}</strong>：{job.refused}
			</p>
			<div class="acts">
				<Button onClick={() => dropJob(job.seq).then(reloadSoon)}>{phoneText().discard}</Button>
				<Button kind="main" onClick={onAgain}>
					{phoneText().again}
				</Button>
			</div>
		</div>
	);
}

function Steps({ order, onFinish }: { order: OrderJson; onFinish: () => void }) {
	const isHandingBack = useSignal(false);
	const mine = order.slots?.find((slot) => slot.memberId === selfId.value);
	const starting = jobOf(order, "TaskService/StartTask");
	const startedMs = ms(mine?.startedMs) || ms(starting?.request.deviceMs);
	if (order.state === "ORDER_STATE_HELD") return <Pill tone="warn">{text().held(order.heldParty ?? "")}</Pill>;
	return (
		<>
			{startedMs > 0 && <p class="soft">{text().started(clock(startedMs))}</p>}
			<div class="acts">
				<Button kind="quiet" onClick={() => (isHandingBack.value = true)}>
					{text().handBack}
				</Button>
				{startedMs === 0 && <Button onClick={() => beginTask(order)}>{text().start}</Button>}
				<Button kind="main" onClick={onFinish}>
					<Icon name="check" /> {text().finish}
				</Button>
			</div>
			{isHandingBack.value && <HandBack order={order} onClose={() => (isHandingBack.value = false)} />}
		</>
	);
}

export function TaskCard({ order }: { order: OrderJson }) {
	const isFinishing = useSignal(false);
	const job = jobOf(order, "TaskService/CompleteTask");
	const finish = () => (isFinishing.value = true);
	return (
		<li class="card" data-order={order.id}>
			<OrderFacts order={order} />
			{categoryOf(order)?.codeRequired && !job && <Pill tone="accent">{text().codeNeeded}</Pill>}
			<Whom order={order} />
			{!job && <Steps order={order} onFinish={finish} />}
			{job && job.refused === undefined && (
				<p class="pending" role="status">
					{navigator.onLine ? text().sending : text().toSend}
				</p>
			)}
			{job?.refused !== undefined && <Refused job={job} onAgain={finish} />}
			{isFinishing.value && <Finish order={order} before={job} onClose={() => (isFinishing.value = false)} />}
		</li>
	);
}
