/** What else a desk does with orders, one or many; each asks for its words in one small dialog. */
import { signal } from "@preact/signals";
import type { HeldByJson, OrderJson, UndoJson } from "~api";
import { useRef, useState } from "preact/hooks";
import { RpcError } from "~/lib/errors";
import { call, newKey } from "~/lib/rpc";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { Area, Choice } from "~/ui/field";
import { toastError } from "~/ui/toast";
import { orders, put, refreshSoon } from "./board";
import { editorsOf } from "./presence";
import { type Act, panel, picked, subjects } from "./state";
import { type DoneRow, offerUndo, showResults } from "./undo";
import { stateOf } from "./views";
import { text } from "./words";

const AT_ONCE = 4;
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
export const DANGEROUS = new Set<Act>(["reject", "cancel", "merge"]);

export function actsOf(order: OrderJson): Act[] {
	return ACTS[stateOf(order)] ?? [];
}

/** What some of them allow; those that don't are told row by row. */
export function actsOfAll(ids: Iterable<string>): Act[] {
	const all = [...ids];
	const found = new Set<Act>(all.length > 1 ? ["merge"] : []);
	for (const id of all) for (const act of actsOf(orders.get(id) ?? {})) found.add(act);
	return [...found];
}

interface Said {
	reason: string;
	party: HeldByJson;
	/** Of a merge: the orders that go. */
	duplicateIds: string[];
}

function carryOut(act: Act, orderId: string, said: Said, key: string): Promise<{ order?: OrderJson; undo?: UndoJson }> {
	const { reason, party, duplicateIds } = said;
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
		case "merge":
			return call("DeskService/MergeOrders", { orderId, duplicateIds, reason }, { key });
	}
}

/** Each on its own; what is wrong with one is told, and keeps none of the others. */
async function carryOutAll(act: Act, ids: string[], said: Said, key: string): Promise<DoneRow[]> {
	const rows: DoneRow[] = ids.map((orderId) => ({ orderId }));
	let next = 0;
	const work = async () => {
		for (let i = next++; i < ids.length; i = next++) {
			try {
				const { order, undo } = await carryOut(act, ids[i]!, said, ids.length === 1 ? key : `${key}-${i}`);
				if (order) put(order);
				if (undo) rows[i]!.undo = undo;
			} catch (error) {
				if (ids.length === 1 || !(error instanceof RpcError)) throw error;
				rows[i]!.error = { reason: error.reason, messageZh: error.zh, messageEn: error.en };
			}
		}
	};
	await Promise.all(Array.from({ length: Math.min(AT_ONCE, ids.length) }, work));
	return rows;
}

/** Somebody else is at it: said before, for what both write is decided by who is first. */
export function Collision({ ids }: { ids: string[] }) {
	const said = editorsOf(ids);
	return said === "" ? null : <p class="collision">{said}</p>;
}

const stays = signal("");

function Stays({ ids }: { ids: string[] }) {
	return (
		<Choice
			label={text().mergeInto}
			value={stays.value || ids[0]!}
			options={ids.map((id) => [id, `${id} ${orders.get(id)?.title ?? ""}`])}
			onChoose={(id) => (stays.value = id)}
		/>
	);
}

export function ActDialog({ act }: { act: Act }) {
	const ids = useRef(subjects.value).current;
	const key = useRef(newKey()).current;
	const [reason, say] = useState("");
	const [party, choose] = useState<HeldByJson>("HELD_BY_THIRD_PARTY");
	const [busy, work] = useState(false);
	const close = () => (panel.value = "");
	const isReady = !busy && (reason.trim() !== "" || !NEEDS_TEXT.has(act));
	const go = async () => {
		if (!isReady) return;
		work(true);
		try {
			const kept = act === "merge" ? stays.value || ids[0]! : "";
			const said = { reason, party, duplicateIds: ids.filter((id) => id !== kept) };
			const rows = await carryOutAll(act, kept ? [kept] : ids, said, key);
			const bad = rows.filter((one) => one.error);
			close();
			stays.value = "";
			if (ids.length > 1) picked.value = new Set(bad.map((one) => one.orderId!));
			offerUndo(
				ids.length === 1 ? `${text().act[act]} · ${text().done}` : text().bulkDone(ids.length - bad.length, bad.length),
				rows,
			);
			showResults(rows);
			refreshSoon();
		} catch (error) {
			toastError(error);
			work(false);
		}
	};
	const title = ids.length === 1 ? `${text().act[act]} ${ids[0]}` : text().actMany(text().act[act], ids.length);
	return (
		<Dialog title={title} onClose={close} onSubmit={() => void go()}>
			{ids.length === 1 && <p>{orders.get(ids[0]!)?.title}</p>}
			<Collision ids={ids} />
			{act === "merge" && <Stays ids={ids} />}
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
				<Button kind={DANGEROUS.has(act) ? "danger" : "main"} hint="Ctrl+Enter" submit disabled={!isReady}>
					{text().act[act]}
				</Button>
			</div>
		</Dialog>
	);
}
