/** An offer: how long there is to answer, one tap to accept, two to decline. */
import { useSignal } from "@preact/signals";
import { call, newKey } from "~/lib/rpc";
import { duration, ms, now } from "~/lib/time";
import { attempt } from "~/phone/attempt";
import { reloadSoon } from "~/phone/live";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { text as phoneText } from "~/phone/words";
import type { DeclineReasonJson, OrderJson } from "~api";
import { OrderFacts } from "./order_facts";
import { offerOf, take } from "./state";
import { text } from "./words";

const REASONS: [DeclineReasonJson, "busy" | "far" | "cannot" | "unwell" | "other"][] = [
	["DECLINE_REASON_BUSY", "busy"],
	["DECLINE_REASON_TOO_FAR", "far"],
	["DECLINE_REASON_CANNOT_DO", "cannot"],
	["DECLINE_REASON_UNWELL", "unwell"],
	["DECLINE_REASON_OTHER", "other"],
];
const MINUTE_MS = 60_000;

function Decline({ order, onClose }: { order: OrderJson; onClose: () => void }) {
	const decline = async (reason: DeclineReasonJson) => {
		onClose();
		await attempt(() => call("TaskService/DeclineOffer", { orderId: order.id!, reason }), text().declined);
		reloadSoon();
	};
	return (
		<Dialog title={text().declineWhy} onClose={onClose}>
			{REASONS.map(([reason, name]) => (
				<Button key={reason} onClick={() => decline(reason)}>
					{text().reasons[name]}
				</Button>
			))}
			<Button kind="quiet" onClick={onClose}>
				{phoneText().cancel}
			</Button>
		</Dialog>
	);
}

function Countdown({ fromMs, toMs }: { fromMs: number; toMs: number }) {
	const left = Math.max(0, toMs - now.value);
	const isShort = left < MINUTE_MS;
	return (
		<div class={isShort ? "countdown short" : "countdown"}>
			<progress max={toMs - fromMs} value={left} aria-hidden="true" />
			<span>{isShort ? text().seconds(Math.ceil(left / 1000)) : text().answerWithin(duration(left))}</span>
		</div>
	);
}

export function OfferCard({ order }: { order: OrderJson }) {
	const isDeclining = useSignal(false);
	const isBusy = useSignal(false);
	const key = useSignal(newKey());
	const offer = offerOf(order);
	const accept = async () => {
		isBusy.value = true;
		await attempt(async () => {
			const request = { orderId: order.id!, deviceMs: String(Date.now()) };
			take((await call("TaskService/AcceptOffer", request, { key: key.value })).order);
		});
		isBusy.value = false;
		reloadSoon();
	};
	return (
		<li class="card offer">
			<OrderFacts order={order} distanceM={offer?.distanceM} />
			<Countdown fromMs={ms(offer?.offeredMs)} toMs={ms(offer?.expireMs)} />
			<div class="acts">
				<Button onClick={() => (isDeclining.value = true)}>{text().decline}</Button>
				<Button kind="main" disabled={isBusy.value} onClick={accept}>
					{text().accept}
				</Button>
			</div>
			{isDeclining.value && <Decline order={order} onClose={() => (isDeclining.value = false)} />}
		</li>
	);
}
