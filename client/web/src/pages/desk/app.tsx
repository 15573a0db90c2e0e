/** The desk as a whole: queues, list, detail, map, and whatever panel is open over them. */
import { useEffect } from "preact/hooks";
import { listenKeys } from "~/lib/keys";
import { self } from "~/lib/self";
import { now } from "~/lib/time";
import { nodes } from "~/lib/town";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { SignIn } from "~/ui/sign_in";
import { Outdated } from "~/ui/outdated";
import { Toasts } from "~/ui/toast";
import { ActDialog, actsOfAll, DANGEROUS } from "./actions";
import { Assign, Results } from "./assign";
import { counts, grid, isLoaded, line, view } from "./board";
import { CommandBar } from "./command";
import { commands, keyMap } from "./commands";
import { Detail } from "./detail";
import { List } from "./list";
import { OrderForm } from "./order_form";
import { Reveal } from "./reveal";
import { FilterBar, FilterDialog, Saved } from "./saved";
import { isDetailOpen, isMapOpen, openPanel, panel, picked } from "./state";
import { Town } from "./town";
import { VIEWS, type View } from "./views";
import { text } from "./words";

function Line() {
	const state = line.value?.value;
	const words = text();
	const name = state?.state === "live" ? words.live : words.connecting;
	return (
		<span class={`line ${state?.state ?? ""}`} title={name}>
			{name}
		</span>
	);
}

function Lost() {
	const state = line.value?.value;
	if (state?.state !== "lost") return null;
	void now.value;
	const seconds = Math.max(0, Math.round((performance.now() - state.sinceMs) / 1000));
	return (
		<div class="banner" role="alert" aria-live="off">
			{text().lost(seconds)}
		</div>
	);
}

function More() {
	return (
		<details class="menu">
			<summary class="button quiet">{text().more}</summary>
			<ul>
				{commands().map(({ name, hint, act }) => (
					<li key={name}>
						<button
							type="button"
							onClick={(event) => {
								event.currentTarget.closest("details")!.open = false;
								act();
							}}
						>
							<span>{name}</span>
							{hint && <kbd>{hint}</kbd>}
						</button>
					</li>
				))}
			</ul>
		</details>
	);
}

function Top() {
	const words = text();
	return (
		<header class="top">
			<h1>{words.title}</h1>
			<button type="button" class="search" onClick={() => (panel.value = "search")}>
				<span>{words.searchShort}</span>
				<kbd>/</kbd>
			</button>
			<span class="grow" />
			<Line />
			<Button kind="main" hint="N" onClick={() => (panel.value = "form")}>
				{words.newOrder}
			</Button>
			<Button kind="quiet" hint="M" aria-pressed={isMapOpen.value} onClick={() => (isMapOpen.value = !isMapOpen.value)}>
				{words.map}
			</Button>
			<span class="soft self">{self.value.name}</span>
			<More />
		</header>
	);
}

const TONE: Partial<Record<View, string>> = { late: "danger", soon: "warn" };

function Queues() {
	const words = text();
	const grids = [...nodes.value.values()];
	return (
		<nav class="queues" aria-label={words.queues}>
			<ul>
				{VIEWS.map((name, i) => (
					<li key={name}>
						<button
							type="button"
							aria-current={name === view.value ? "page" : undefined}
							onClick={() => (view.value = name)}
						>
							<span class="grow">{words.views[name]}</span>
							<span class={`count ${counts.value[name] > 0 ? (TONE[name] ?? "") : ""}`}>
								{isLoaded.value ? counts.value[name] : "…"}
							</span>
							<kbd aria-hidden="true">{i + 1}</kbd>
						</button>
					</li>
				))}
			</ul>
			<Saved />
			<Button kind="quiet" hint="F" onClick={() => (panel.value = "filter")}>
				{words.saved.filter}
			</Button>
			<label class="field">
				<span>{words.columns.grid}</span>
				<select value={grid.value} onChange={(event) => (grid.value = event.currentTarget.value)}>
					<option value="">{words.gridAll}</option>
					{grids.map((node) => (
						<option key={node.id} value={node.id}>
							{node.kind === "NODE_KIND_GRID" ? `　${node.name}` : node.name}
						</option>
					))}
				</select>
			</label>
		</nav>
	);
}

function Picked() {
	if (picked.value.size === 0) return null;
	const words = text();
	return (
		<div class="picked-bar" role="toolbar" aria-label={words.chosen(picked.value.size)}>
			<strong>{words.chosen(picked.value.size)}</strong>
			<Button kind="main" hint="D" onClick={() => openPanel("assign", [...picked.value])}>
				{words.assign}
			</Button>
			{actsOfAll(picked.value).map((act) => (
				<Button
					key={act}
					kind={DANGEROUS.has(act) ? "danger" : "quiet"}
					onClick={() => openPanel(act, [...picked.value])}
				>
					{words.act[act]}
				</Button>
			))}
			<Button kind="quiet" hint="Esc" onClick={() => (picked.value = new Set())}>
				{words.clear}
			</Button>
		</div>
	);
}

function Help() {
	const close = () => (panel.value = "");
	const words = text();
	return (
		<Dialog title={words.help} onClose={close} onSubmit={close}>
			<dl class="keys">
				{Object.values(words.keys).map(([key, what]) => (
					<div key={key}>
						<dt>
							<kbd>{key}</kbd>
						</dt>
						<dd>{what}</dd>
					</div>
				))}
			</dl>
			<p class="soft">{words.keysNote}</p>
			<div class="ends">
				<Button kind="main" submit data-first>
					{words.close}
				</Button>
			</div>
		</Dialog>
	);
}

function OpenPanel() {
	const name = panel.value;
	switch (name) {
		case "":
			return null;
		case "assign":
			return <Assign />;
		case "form":
			return <OrderForm />;
		case "search":
			return <CommandBar />;
		case "help":
			return <Help />;
		case "filter":
			return <FilterDialog />;
		case "reveal":
			return <Reveal />;
		case "results":
			return <Results />;
		default:
			return <ActDialog key={name} act={name} />;
	}
}

export function Desk() {
	useEffect(() => listenKeys(keyMap), []);
	const shape = `${isMapOpen.value ? " with-map" : ""}${isDetailOpen.value ? " with-detail" : ""}`;
	return (
		<>
			<Top />
			<Lost />
			<Outdated />
			<main class={`desk${shape}`}>
				<Queues />
				<div class="middle">
					<Picked />
					<FilterBar />
					<List />
					{isMapOpen.value && (
						<div class="map-pane">
							<Town />
						</div>
					)}
				</div>
				<Detail />
			</main>
			<OpenPanel />
			<SignIn />
			<Toasts />
		</>
	);
}
