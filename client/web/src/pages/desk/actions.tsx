/** What else a desk does with an order; each asks for its words in one small dialog. */
import type { HeldByJson, OrderJson } from "~api";
import { useRef, useState } from "preact/hooks";
import { call, newKey } from "~/lib/rpc";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { Area, Choice } from "~/ui/field";
import { toast, toastError } from "~/ui/toast";
import { orders, put } from "./board";
import { revealed } from "./detail";
import { type Act, current, panel } from "./state";
import { stateOf } from "./views";
import { text } from "./words";

const ACTS: Record<string, Act[]> = {
	PLACED: ["note", "hold", "chase", "redispatch", "reject", "cancel"],
	OFFERED: ["note", "hold", "chase", "redispatch", "cancel"],
	ACCEPTED: ["note", "complete", "hold", "chase", "redispatch", "cancel"],
	STARTED: ["note", "complete", "hold", "chase"],
	HELD: ["note", "resume", "cancel"],
	COMPLETED: ["note", "rework"],
};
const NEEDS_TEXT = new Set<Act>(["hold", "reject", "complete", "note"]);
const NO_TEXT = new Set<Act>(["resume", "redispatch"]);

export function actsOf(order: OrderJson): Act[] {
	return ACTS[stateOf(order)] ?? [];
}

interface Said {
	reason: string;
	party: HeldByJson;
	key: string;
}

function carryOut(act: Act, order: OrderJson, { reason, party, key }: Said): Promise<{ order?: OrderJson }> {
	const orderId = order.id!;
	switch (act) {
		case "hold":
			return call("DeskService/HoldOrder", { orderId, party, reason }, { key });
		case "resume":
			return call("DeskService/ResumeOrder", { orderId }, { key });
		case "reject":
			return call("DeskService/RejectOrder", { orderId, reason }, { key });
		case "redispatch":
			return call("DeskService/RedispatchOrder", { orderId }, { key });
		case "complete":
			return call("DeskService/CompleteOrder", { orderId, outcome: "OUTCOME_SOLVED", text: reason }, { key });
		case "rework":
			return call("DeskService/ReworkOrder", { orderId, reason }, { key });
		case "cancel":
			return call("OrderService/CancelOrder", { orderId, reason }, { key });
		case "chase":
			return call("OrderService/ChaseOrder", { orderId, text: reason }, { key });
		case "note":
			return call("OrderService/AddNote", { orderId, text: reason }, { key });
	}
}

export function ActDialog({ act }: { act: Act }) {
	const id = useRef(current.value).current;
	const key = useRef(newKey()).current;
	const [reason, say] = useState("");
	const [party, choose] = useState<HeldByJson>("HELD_BY_THIRD_PARTY");
	const [busy, work] = useState(false);
	const order = orders.get(id);
	const close = () => (panel.value = "");
	if (!order) return null;
	const isReady = !busy && (reason.trim() !== "" || !NEEDS_TEXT.has(act));
	const go = async () => {
		if (!isReady) return;
		work(true);
		try {
			const said = await carryOut(act, order, { reason, party, key });
			if (said.order) put(said.order);
			toast(`${text().act[act]} · ${text().done}`);
			close();
		} catch (error) {
			toastError(error);
			work(false);
		}
	};
	return (
		<Dialog title={`${text().act[act]} ${id}`} onClose={close} onSubmit={() => void go()}>
			<p>{order.title}</p>
			{act === "hold" && (
				<Choice
					label={text().holdParty}
					value={party}
					options={Object.entries(text().party).map(([name, words]) => [`HELD_BY_${name}`, words])}
					onChoose={(value) => choose(value as HeldByJson)}
				/>
			)}
			{!NO_TEXT.has(act) && (
				<Area
					label={act === "note" ? text().act.note : text().reason}
					data-first
					maxLength={2000}
					value={reason}
					onInput={(event) => say(event.currentTarget.value)}
					onKeyDown={(event) => {
						if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void go();
					}}
				/>
			)}
			<div class="ends">
				<Button kind="quiet" hint="Esc" onClick={close}>
					{text().cancel}
				</Button>
				<Button
					kind={act === "reject" || act === "cancel" ? "danger" : "main"}
					hint="Ctrl+Enter"
					submit
					disabled={!isReady}
				>
					{text().act[act]}
				</Button>
			</div>
		</Dialog>
	);
}

/** Who and where in full: noted, with what it was for, where the person can read it. */
export function Reveal() {
	const id = useRef(current.value).current;
	const [purpose, choose] = useState<string>(text().revealReasons[0]!);
	const close = () => (panel.value = "");
	const go = async () => {
		try {
			const said = await call("PrivacyService/RevealContact", { orderId: id, purpose });
			revealed.value = { orderId: id, contact: said.contact ?? {} };
			close();
		} catch (error) {
			toastError(error);
		}
	};
	return (
		<Dialog title={text().reveal} onClose={close} onSubmit={() => void go()}>
			<label class="field">
				<span>{text().revealWhy}</span>
				<input
					data-first
					list="reveal-reasons"
					maxLength={200}
					value={purpose}
					onInput={(event) => choose(event.currentTarget.value)}
				/>
			</label>
			<datalist id="reveal-reasons">
				{Object.values(text().revealReasons).map((one) => (
					<option key={one} value={one} />
				))}
			</datalist>
			<div class="ends">
				<Button kind="quiet" hint="Esc" onClick={close}>
					{text().cancel}
				</Button>
				<Button kind="main" hint="Enter" submit disabled={purpose.trim() === ""}>
					{text().reveal}
				</Button>
			</div>
		</Dialog>
	);
}
