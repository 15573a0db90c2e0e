/** Views: a queue that is narrowed down and has a name; one's own, or shared with a unit. */
import { computed, signal } from "@preact/signals";
import type { DeskViewJson, UrgencyJson } from "~api";
import { useRef, useState } from "preact/hooks";
import { call, newKey, pages } from "~/lib/rpc";
import { self } from "~/lib/self";
import { categories, categoryName, nodeName, nodes, rootId } from "~/lib/town";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { Choice, Field } from "~/ui/field";
import { Pill } from "~/ui/pill";
import { toast, toastError } from "~/ui/toast";
import { grid, view } from "./board";
import { type Filter, filter, isFiltered, NO_FILTER } from "./filter";
import { panel } from "./state";
import { VIEWS, type View } from "./views";
import { text } from "./words";

const URGENCIES = ["DANGER", "URGENT", "NORMAL", "COMPLEX"] as const;

export const saved = signal<DeskViewJson[]>([]);

export async function loadSaved(): Promise<void> {
	const found: DeskViewJson[] = [];
	for await (const page of pages("DeskService/ListViews", { pageSize: 200 })) found.push(...(page.views ?? []));
	saved.value = found;
}

const filterOf = (one: DeskViewJson): Filter => ({
	categoryIds: one.categoryIds ?? [],
	urgencies: (one.urgencies ?? []).map((name) => name.slice("URGENCY_".length)),
	text: one.text ?? "",
});

const queueOf = (one: DeskViewJson): View => (VIEWS.includes(one.queue as View) ? (one.queue as View) : "all");

/** The one that the list shows. */
export const shownView = computed(() => {
	const now = JSON.stringify(filter.value);
	return saved.value.find(
		(one) => queueOf(one) === view.value && (one.nodeId ?? "") === grid.value && JSON.stringify(filterOf(one)) === now,
	);
});

function show(one: DeskViewJson): void {
	view.value = queueOf(one);
	grid.value = one.nodeId ?? "";
	filter.value = filterOf(one);
}

const sharers = (id: string) => (id === rootId.value ? text().saved.everybody : nodeName(id));

export function Saved() {
	if (saved.value.length === 0) return null;
	return (
		<>
			<h2 class="soft">{text().saved.title}</h2>
			<ul>
				{saved.value.map((one) => (
					<li key={one.id}>
						<button
							type="button"
							aria-current={one === shownView.value ? "page" : undefined}
							title={one.sharedNodeId ? text().saved.sharedWith(sharers(one.sharedNodeId)) : undefined}
							onClick={() => show(one)}
						>
							<span class="grow">{one.name}</span>
							{one.sharedNodeId && <Pill>{text().saved.shared}</Pill>}
						</button>
					</li>
				))}
			</ul>
		</>
	);
}

/** What the list leaves out, in words, and a way to see all again. */
export function FilterBar() {
	if (!isFiltered.value) return null;
	const { categoryIds, urgencies, text: words } = filter.value;
	const parts = [
		...urgencies.map((name) => text().urgency[name as "DANGER"]),
		...categoryIds.map(categoryName),
		...(words ? [`“${words}”`] : []),
	];
	return (
		<div class="filter-bar">
			<button type="button" class="link" onClick={() => (panel.value = "filter")}>
				{text().saved.only(parts.join(" · "))}
			</button>
			<Button kind="quiet" onClick={() => (filter.value = NO_FILTER)}>
				{text().saved.clear}
			</Button>
		</div>
	);
}

interface ChecksProps {
	label: string;
	all: [value: string, name: string][];
	on: string[];
	onChange: (on: string[]) => void;
}

function Checks({ label, all, on, onChange }: ChecksProps) {
	return (
		<fieldset class="checks">
			<legend class="soft">{label}</legend>
			{all.map(([value, name]) => (
				<label key={value} class="row">
					<input
						type="checkbox"
						checked={on.includes(value)}
						onChange={(event) =>
							onChange(event.currentTarget.checked ? [...on, value] : on.filter((one) => one !== value))
						}
					/>
					{name}
				</label>
			))}
		</fieldset>
	);
}

export function FilterDialog() {
	const now = useRef(shownView.value).current;
	const isOwn = now?.ownerId === self.value.id;
	const key = useRef(newKey()).current;
	const [queue, setQueue] = useState<View>(view.value);
	const [unit, setUnit] = useState(grid.value);
	const [draft, set] = useState(filter.value);
	const [name, setName] = useState(isOwn ? (now?.name ?? "") : "");
	const [shared, share] = useState(isOwn ? (now?.sharedNodeId ?? "") : "");
	const words = text().saved;
	const units = [...nodes.value.values()].map((node): [string, string] => [node.id!, node.name ?? node.id!]);
	const whole: [string, string][] = rootId.value ? [[rootId.value, words.everybody]] : [];
	const close = () => (panel.value = "");
	const apply = () => {
		view.value = queue;
		grid.value = unit;
		filter.value = { ...draft, text: draft.text.trim() };
		close();
	};
	const carryOut = (what: () => Promise<unknown>, said: string) => {
		what()
			.then(loadSaved)
			.then(() => toast(said))
			.then(apply)
			.catch(toastError);
	};
	const keep = () =>
		carryOut(
			() =>
				call(
					"DeskService/SaveView",
					{
						view: {
							...(isOwn && { id: now!.id!, etag: now!.etag! }),
							name: name.trim(),
							queue,
							nodeId: unit,
							categoryIds: draft.categoryIds,
							urgencies: draft.urgencies.map((one) => `URGENCY_${one}` as UrgencyJson),
							text: draft.text.trim(),
							sharedNodeId: shared,
						},
					},
					{ key },
				),
			words.kept(name.trim()),
		);
	const forget = () => carryOut(() => call("DeskService/DeleteView", { viewId: now!.id! }), words.forgotten);
	return (
		<Dialog title={words.filter} isWide onClose={close} onSubmit={apply}>
			<div class="form-two">
				<Choice
					label={text().queues}
					value={queue}
					options={VIEWS.map((one) => [one, text().views[one]])}
					onChoose={(one) => setQueue(one as View)}
				/>
				<Choice
					label={text().columns.grid}
					value={unit}
					options={[["", text().gridAll], ...units]}
					onChoose={setUnit}
				/>
			</div>
			<Field
				label={words.text}
				data-first
				maxLength={80}
				value={draft.text}
				onInput={(event) => set({ ...draft, text: event.currentTarget.value })}
			/>
			<Checks
				label={text().columns.urgency}
				all={URGENCIES.map((one) => [one, text().urgency[one]])}
				on={draft.urgencies}
				onChange={(urgencies) => set({ ...draft, urgencies })}
			/>
			<Checks
				label={text().form.category}
				all={[...categories.value.keys()].map((id) => [id, categoryName(id)])}
				on={draft.categoryIds}
				onChange={(categoryIds) => set({ ...draft, categoryIds })}
			/>
			<div class="form-two">
				<Field label={words.name} maxLength={40} value={name} onInput={(event) => setName(event.currentTarget.value)} />
				<Choice label={words.share} value={shared} options={[["", words.own], ...whole, ...units]} onChoose={share} />
			</div>
			<div class="ends">
				{isOwn && (
					<Button kind="danger" onClick={forget}>
						{words.forget}
					</Button>
				)}
				<Button kind="quiet" hint="Esc" onClick={close}>
					{text().cancel}
				</Button>
				<Button disabled={name.trim() === ""} onClick={keep}>
					{isOwn ? words.change : words.keep}
				</Button>
				<Button kind="main" hint="Enter" submit>
					{words.apply}
				</Button>
			</div>
		</Dialog>
	);
}
