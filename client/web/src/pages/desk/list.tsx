/** The orders of a queue, as a grid of rows of which only those in view are in the page. */
import { computed } from "@preact/signals";
import type { OrderJson } from "~api";
import { useEffect, useRef } from "preact/hooks";
import { clock, duration, fullTime, ms, now } from "~/lib/time";
import { categories, categoryName, memberName, nodeName } from "~/lib/town";
import { Pill } from "~/ui/pill";
import { MOST_PRINTED, showRow, Virtual } from "~/ui/virtual";
import { changes, frozen, grid, isFirstThere, left, orders, refresh, rev, view } from "./board";
import { saidOf, viewers } from "./presence";
import { current, isAllPicked, isDetailOpen, pick, pickAll, picked } from "./state";
import { membersOf, stateOf, toneOf, urgencyOf } from "./views";
import { text } from "./words";

export const ROW_PX = 40;

/** Rows tell the time to ten seconds: a ticking list is not calm. */
const rowNow = computed(() => Math.floor(now.value / 10_000) * 10_000);

export function TimeLeft({ id, isInList }: { id: string; isInList?: boolean }) {
	void rev.value;
	const order = orders.get(id);
	if (!order) return null;
	const span = ms(order.dueMs) - rowNow.value;
	const tone = toneOf(order, rowNow.value);
	if (tone === "" || ms(order.dueMs) === 0) return <span class="soft">{clock(ms(order.dueMs))}</span>;
	return (
		<span class={`left ${tone}`}>
			{span > 0 ? text().left(duration(span)) : text().over(duration(span))}
			{isInList && <span class="only-print soft">{clock(ms(order.dueMs))}</span>}
		</span>
	);
}

interface RowProps {
	id: string;
	index: number;
	isCurrent: boolean;
	isPicked: boolean;
	isLeft: boolean;
	/** Changes when the order did, or the names. */
	stamp: string;
}

/** In a word: also where a placed order waits. */
export function standing(order: OrderJson): string {
	if (order.pooled) return text().pooled;
	return ms(order.batchMs) > 0 ? text().batched : text().state[stateOf(order) as "PLACED"];
}

function Who({ id }: { id: string }) {
	const order = orders.get(id);
	const ids = order ? membersOf(order) : [];
	if (ids.length === 0)
		return <Pill tone={stateOf(order ?? {}) === "PLACED" ? "warn" : ""}>{standing(order ?? {})}</Pill>;
	const others = ids.length > 1 ? ` +${ids.length - 1}` : "";
	return (
		<>
			{memberName(ids[0])}
			{others} {stateOf(order!) === "OFFERED" && <Pill tone="accent">{text().state.OFFERED}</Pill>}
			{stateOf(order!) === "HELD" && <Pill tone="violet">{text().state.HELD}</Pill>}
		</>
	);
}

/** Somebody else looks at it, or is changing it. */
function Eyes({ id }: { id: string }) {
	const all = viewers.value.get(id);
	if (!all) return null;
	return (
		<Pill tone={all.some((one) => one.editing) ? "violet" : ""}>
			<span title={saidOf(all)}>{all.map((one) => one.name || one.id).join("、")}</span>
		</Pill>
	);
}

/** Drawn again when its properties or what it reads of the signals have changed, as all components that read signals. */
function Row({ id, index, isCurrent, isPicked, isLeft }: RowProps) {
	const order = orders.get(id);
	if (!order) return <div class="order-row" role="row" />;
	const kind = categoryName(order.categoryId);
	const urgency = urgencyOf(order);
	return (
		<div
			id={`row-${id}`}
			class={`order-row${isCurrent ? " current" : ""}${isPicked ? " picked" : ""}${isLeft ? " gone" : ""}`}
			role="row"
			aria-rowindex={index + 2}
			aria-selected={isCurrent}
			onClick={() => {
				current.value = id;
				isDetailOpen.value = true;
			}}
		>
			<span role="gridcell" class="pick">
				<input
					type="checkbox"
					tabIndex={-1}
					checked={isPicked}
					aria-label={`${text().columns.pick} ${id}`}
					onClick={(event) => event.stopPropagation()}
					onChange={() => pick(id)}
				/>
			</span>
			<span role="gridcell" class="mono number">
				{id}
			</span>
			<span role="gridcell" class="matter">
				{urgency === "DANGER" && <Pill tone="danger">{text().urgency.DANGER}</Pill>}
				{urgency === "URGENT" && <Pill tone="warn">{text().urgency.URGENT}</Pill>}
				<span class="matter-title">{order.title || kind}</span>
				<span class="soft kind">{kind}</span>
				<Eyes id={id} />
				{(order.chases ?? 0) > 0 && <Pill tone="violet">{`${text().act.chase} ${order.chases}`}</Pill>}
			</span>
			<span role="gridcell" class="where">
				{nodeName(order.gridId)}
			</span>
			<span role="gridcell" class="time">
				<TimeLeft id={id} isInList />
			</span>
			<span role="gridcell" class="who">
				<Who id={id} />
			</span>
		</div>
	);
}

function Head() {
	const words = text().columns;
	return (
		<div class="order-row head" role="row" aria-rowindex={1}>
			<span role="columnheader" class="pick">
				<input
					type="checkbox"
					tabIndex={-1}
					checked={isAllPicked.value}
					aria-label={text().pickAll}
					onChange={pickAll}
				/>
			</span>
			<span role="columnheader">{words.id}</span>
			<span role="columnheader">{words.matter}</span>
			<span role="columnheader" class="where">
				{words.grid}
			</span>
			<span role="columnheader">{words.left}</span>
			<span role="columnheader" class="who">
				{words.who}
			</span>
		</div>
	);
}

/** What a sheet of paper has to say of the list that is on it. */
function Caption({ n }: { n: number }) {
	const words = text();
	return (
		<p class="only-print">
			<strong>
				{words.title} · {words.views[view.value]}
			</strong>{" "}
			· {grid.value ? nodeName(grid.value) : words.gridAll} · {fullTime(rowNow.value)} ·{" "}
			{words.printed(Math.min(n, MOST_PRINTED), n)}
		</p>
	);
}

function Fresh() {
	const n = changes.value;
	if (n === 0 || !isFirstThere.value) return null;
	return (
		<button type="button" class="fresh" onClick={refresh}>
			{text().fresh(n)} <kbd>R</kbd>
		</button>
	);
}

export function List() {
	const frame = useRef<HTMLDivElement>(null);
	const isPointed = useRef(false);
	const ids = frozen.value;
	const namesStamp = `${categories.value.size}.${text().title}`;
	useEffect(() => {
		showRow(frame.current, ids.indexOf(current.value), ROW_PX, ROW_PX);
	}, [current.value]);
	useEffect(() => {
		// Nobody points at it and it stands at its top: it may catch up by itself.
		if (changes.value + left.value.size > 0 && !isPointed.current && (frame.current?.scrollTop ?? 0) === 0) refresh();
	}, [changes.value, left.value.size]);
	void rev.value;
	return (
		<section class="list-pane" aria-label={text().views[view.value]}>
			<Fresh />
			<Caption n={ids.length} />
			<div
				ref={frame}
				class="list-frame"
				role="grid"
				aria-label={text().views[view.value]}
				aria-rowcount={ids.length + 1}
				aria-activedescendant={current.value ? `row-${current.value}` : undefined}
				tabIndex={0}
				onPointerEnter={() => {
					isPointed.current = true;
				}}
				onPointerLeave={() => {
					isPointed.current = false;
				}}
			>
				<Head />
				{ids.length === 0 ? (
					<p class="empty soft" role="row">
						<span role="gridcell">{isFirstThere.value ? text().empty[view.value] : text().loading}</span>
					</p>
				) : (
					<Virtual
						count={ids.length}
						rowHeight={ROW_PX}
						frame={frame}
						row={(index) => {
							const id = ids[index]!;
							const order = orders.get(id);
							const who = order ? membersOf(order).map(memberName).join() : "";
							return (
								<Row
									key={id}
									id={id}
									index={index}
									isCurrent={id === current.value}
									isPicked={picked.value.has(id)}
									isLeft={left.value.has(id)}
									stamp={`${order?.etag}.${who}.${nodeName(order?.gridId)}.${namesStamp}`}
								/>
							);
						}}
					/>
				)}
			</div>
		</section>
	);
}
