/** `/`: finds orders, and everything that can be done, by name or initials. */
import type { OrderJson } from "~api";
import { useEffect, useRef, useState } from "preact/hooks";
import { means } from "~/lib/pinyin";
import { nodeName, nodes } from "~/lib/town";
import { Dialog } from "~/ui/dialog";
import { toastError } from "~/ui/toast";
import { grid, orders, put, view } from "./board";
import { loadBuildings } from "./caller";
import { type Command, commands } from "./commands";
import { NAMES } from "./filter";
import { current, isDetailOpen, panel, query } from "./state";
import { askRemote, remote } from "./remote";
import { search } from "./search";
import { stateOf, VIEWS } from "./views";
import { text } from "./words";

function open(id: string): void {
	current.value = id;
	isDetailOpen.value = true;
}

function places(): Command[] {
	const queues = VIEWS.map((name) => ({ name: text().views[name], act: () => void (view.value = name) }));
	const grids = [...nodes.peek().values()].map((node) => ({
		name: `${text().columns.grid} ${node.name}`,
		act: () => void (grid.value = node.id!),
	}));
	return [...queues, { name: text().gridAll, act: () => void (grid.value = "") }, ...grids];
}

interface Found extends Command {
	id: string;
	more?: string;
}

function findAll(typed: string): Found[] {
	const orderLine = (order: OrderJson, who: string): Found => ({
		id: order.id!,
		name: `${order.id} ${order.title || NAMES.category(order.categoryId ?? "")}`,
		more: [who, nodeName(order.gridId), text().state[stateOf(order) as "PLACED"]].filter(Boolean).join(" · "),
		act: () => {
			put(order);
			open(order.id!);
		},
	});
	const near = search(orders.values(), typed, NAMES);
	const known = new Set(near.map((order) => order.id));
	const far = remote.value.typed === typed.trim() ? remote.value.found : [];
	const orderLines = [
		...near.map((order) => orderLine(order, "")),
		...far.filter(({ order }) => !known.has(order.id)).map(({ order, who }) => orderLine(order, who)),
	];
	const named = [...commands(), ...places()].filter((one) => means(typed, one.name)).slice(0, typed === "" ? 12 : 20);
	return [...orderLines, ...named.map((one) => ({ ...one, id: one.name }))];
}

export function CommandBar() {
	const [at, go] = useState(0);
	const list = useRef<HTMLUListElement>(null);
	const found = findAll(query.value);
	const chosen = Math.min(at, found.length - 1);
	useEffect(() => {
		list.current?.children[chosen]?.scrollIntoView({ block: "nearest" });
	}, [chosen]);
	useEffect(() => {
		askRemote(query.peek());
		// Names of buildings are looked for, too.
		loadBuildings().catch(toastError);
	}, []);
	const close = () => (panel.value = "");
	const run = (one: Found | undefined) => {
		if (!one) return;
		close();
		query.value = "";
		one.act();
	};
	return (
		<Dialog title={text().searchShort} isWide onClose={close} onSubmit={() => run(found[chosen])}>
			<input
				class="input"
				data-first
				role="combobox"
				aria-expanded="true"
				aria-controls="found"
				aria-activedescendant={found.length > 0 ? `found-${chosen}` : undefined}
				aria-label={text().search}
				placeholder={text().search}
				value={query.value}
				onInput={(event) => {
					query.value = event.currentTarget.value;
					askRemote(query.value);
					go(0);
				}}
				onKeyDown={(event) => {
					if (event.isComposing) return;
					const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
					if (by === 0) return;
					event.preventDefault();
					go(Math.max(0, Math.min(found.length - 1, chosen + by)));
				}}
			/>
			<ul class="options" id="found" role="listbox" aria-label={text().searchShort} tabIndex={-1} ref={list}>
				{found.map((one, i) => (
					<li key={one.id} id={`found-${i}`} role="option" aria-selected={i === chosen} onClick={() => run(one)}>
						<span>{one.name}</span>
						<span class="soft">{one.more ?? ""}</span>
						{one.hint && <kbd>{one.hint}</kbd>}
					</li>
				))}
			</ul>
			{found.length === 0 && <p class="soft">{text().nothing}</p>}
		</Dialog>
	);
}
