/** Assigning one order or many to a member, by the keyboard: type a name, arrows, Enter. */
import type { CandidateJson } from "~api";
import { useEffect, useRef, useState } from "preact/hooks";
import { means } from "~/lib/pinyin";
import { call, newKey } from "~/lib/rpc";
import { loadMembers, memberName, members } from "~/lib/town";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { toastError } from "~/ui/toast";
import { put, refreshSoon } from "./board";
import { candidateFacts, candidateSum, candidatesOf, everybody, explain } from "./candidates";
import { Collision } from "./actions";
import { panel, picked, step, subjects } from "./state";
import { type DoneRow, errorText, offerUndo, results, showResults } from "./undo";
import { text } from "./words";

const BULK = 100;

async function assignOne(
	orderId: string,
	memberId: string,
	accepted: boolean,
	reason: string,
	key: string,
): Promise<void> {
	const said = await call("DeskService/AssignOrder", { orderId, memberId, accepted, reason }, { key });
	if (said.order) put(said.order);
	offerUndo(text().assigned(memberName(memberId)), [{ orderId, undo: said.undo! }]);
}

async function assignMany(orderIds: string[], memberId: string, reason: string): Promise<void> {
	const all: DoneRow[] = [];
	for (let at = 0; at < orderIds.length; at += BULK) {
		const items = orderIds.slice(at, at + BULK).map((orderId) => ({ orderId, memberId }));
		all.push(...((await call("DeskService/BulkAssign", { items, reason })).results ?? []));
	}
	const bad = all.filter((one) => one.error);
	picked.value = new Set(bad.map((one) => one.orderId!));
	offerUndo(text().bulkDone(all.length - bad.length, bad.length), all);
	showResults(all);
}

/** Undefined until they are known: who presses Enter means the best one. */
function useCandidates(ids: string[]): CandidateJson[] | undefined {
	const [found, set] = useState<CandidateJson[]>();
	useEffect(() => {
		const load = async () => {
			if (members.peek().size === 0) await loadMembers();
			set(ids.length === 1 ? candidatesOf(ids[0]!, await explain(ids[0]!)) : everybody());
		};
		load().catch(toastError);
	}, []);
	return found;
}

interface OptionProps {
	one: CandidateJson;
	isAt: boolean;
	onChoose: () => void;
}

function Option({ one, isAt, onChoose }: OptionProps) {
	const line = useRef<HTMLLIElement>(null);
	useEffect(() => {
		if (isAt) line.current?.scrollIntoView({ block: "nearest" });
	}, [isAt]);
	return (
		<li
			ref={line}
			id={`to-${one.memberId}`}
			role="option"
			aria-selected={isAt}
			class={one.filtered ? "filtered" : ""}
			onClick={onChoose}
		>
			<strong>{memberName(one.memberId)}</strong>
			<span class="soft" title={candidateSum(one)}>
				{candidateFacts(one)}
			</span>
		</li>
	);
}

export function Assign() {
	const ids = useRef(subjects.value).current;
	const key = useRef(newKey()).current;
	const [typed, type] = useState("");
	const [at, go] = useState(0);
	const [accepted, accept] = useState(false);
	const [reason, say] = useState("");
	const [busy, work] = useState(false);
	const all = useCandidates(ids);
	const shown = (all ?? []).filter((one) => means(typed, memberName(one.memberId), one.memberId)).slice(0, 60);
	const chosen = shown[Math.min(at, shown.length - 1)];
	const needsReason = ids.length === 1 && !!chosen?.filtered;
	const isHasty = useRef(false);
	const close = () => (panel.value = "");
	const assign = async (to: CandidateJson | undefined) => {
		if (!all) isHasty.current = true;
		if (!to?.memberId || busy || (ids.length === 1 && to.filtered && reason === "")) return;
		work(true);
		try {
			if (ids.length === 1) await assignOne(ids[0]!, to.memberId, accepted, reason, key);
			else await assignMany(ids, to.memberId, reason);
			if (panel.value === "assign") close();
			if (ids.length === 1) step(1);
			refreshSoon();
		} catch (error) {
			toastError(error);
			work(false);
		}
	};
	useEffect(() => {
		// Enter came before the list did.
		if (all && isHasty.current) void assign(chosen);
		isHasty.current = false;
	}, [all]);
	return (
		<Dialog title={text().assignTo(ids.length)} onClose={close} onSubmit={() => void assign(chosen)}>
			<Collision ids={ids} />
			<input
				class="input"
				data-first
				role="combobox"
				aria-expanded="true"
				aria-controls="assign-list"
				aria-activedescendant={chosen ? `to-${chosen.memberId}` : undefined}
				aria-label={text().assignFilter}
				placeholder={text().assignFilter}
				value={typed}
				onInput={(event) => {
					type(event.currentTarget.value);
					go(0);
				}}
				onKeyDown={(event) => {
					if (event.isComposing) return;
					const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
					if (by === 0) return;
					event.preventDefault();
					go(Math.max(0, Math.min(shown.length - 1, at + by)));
				}}
			/>
			{!all && <p class="soft">{text().loading}</p>}
			<ul class="options" id="assign-list" role="listbox" aria-label={text().detail.candidates} tabIndex={-1}>
				{shown.map((one, i) => (
					<Option
						key={one.memberId}
						one={one}
						isAt={one === chosen}
						onChoose={() => {
							go(i);
							void assign(one);
						}}
					/>
				))}
			</ul>
			{needsReason && (
				<label class="field">
					<span>{text().reasonNeeded}</span>
					<input value={reason} maxLength={2000} onInput={(event) => say(event.currentTarget.value)} />
				</label>
			)}
			{ids.length === 1 && (
				<label class="row">
					<input type="checkbox" checked={accepted} onChange={(event) => accept(event.currentTarget.checked)} />
					{text().accepted}
				</label>
			)}
			<div class="ends">
				<Button kind="quiet" hint="Esc" onClick={close}>
					{text().cancel}
				</Button>
				<Button kind="main" hint="Enter" submit disabled={busy || !chosen || (needsReason && reason === "")}>
					{text().assign}
				</Button>
			</div>
		</Dialog>
	);
}

export function Results() {
	const close = () => (panel.value = "");
	return (
		<Dialog title={text().bulkResults} isWide onClose={close} onSubmit={close}>
			<ul class="results">
				{results.value.map((one) => (
					<li key={one.orderId} class={one.error ? "wrong" : ""}>
						<span class="mono">{one.orderId}</span> {one.error ? errorText(one.error) : text().ok}
					</li>
				))}
			</ul>
			<div class="ends">
				<Button kind="main" submit data-first>
					{text().close}
				</Button>
			</div>
		</Dialog>
	);
}
