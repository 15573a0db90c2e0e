/** Who calls: by the number, or by building and household. */
import { computed, signal } from "@preact/signals";
import type { BuildingJson, CallerJson, HouseholdJson } from "~api";
import { means } from "~/lib/pinyin";
import { call, pages } from "~/lib/rpc";
import { Button } from "~/ui/button";
import { Field } from "~/ui/field";
import { toastError } from "~/ui/toast";
import { text } from "./words";

const MOST = 8;
const REST_MS = 150;

const found = signal<CallerJson[]>([]);
const buildings = signal<BuildingJson[]>([]);
const households = signal<HouseholdJson[]>([]);
const typed = signal("");
let timer: ReturnType<typeof setTimeout> | undefined;
let asked = "";

export function forgetCaller(): void {
	found.value = [];
	households.value = [];
	typed.value = asked = "";
}

/** Whether it can be asked for: a whole number, or its last four digits. */
export function isNumber(number: string): boolean {
	const digits = number.replace(/\D/g, "").length;
	return digits === 4 || digits >= 7;
}

async function find(request: { phone: string } | { householdId: string }, choose: (id: string) => void): Promise<void> {
	const key = JSON.stringify(request);
	asked = key;
	try {
		const { callers = [] } = await call("OrgService/FindResidents", { ...request, pageSize: MOST });
		// An answer to what was typed before comes too late.
		if (asked !== key) return;
		found.value = callers;
		if (callers.length === 1) choose(callers[0]!.resident?.id ?? "");
	} catch (error) {
		toastError(error);
	}
}

export function findByNumber(number: string, choose: (id: string) => void): void {
	clearTimeout(timer);
	if (!isNumber(number)) return;
	timer = setTimeout(() => void find({ phone: number }, choose), REST_MS);
}

export function Callers({ current, choose }: { current: string; choose: (id: string) => void }) {
	if (found.value.length === 0) return null;
	return (
		<ul class="chips" aria-label={text().form.known}>
			{found.value.map(({ resident, household, building }) => (
				<li key={resident?.id}>
					<Button kind={resident?.id === current ? "main" : "quiet"} onClick={() => choose(resident?.id ?? "")}>
						{resident?.name} {resident?.phone} · {household?.address || building?.name}
					</Button>
				</li>
			))}
		</ul>
	);
}

export async function loadBuildings(): Promise<void> {
	if (buildings.peek().length > 0) return;
	const all: BuildingJson[] = [];
	for await (const page of pages("OrgService/ListBuildings", { pageSize: 200 })) all.push(...(page.buildings ?? []));
	buildings.value = all;
}

const byId = computed(() => new Map(buildings.value.map((one) => [one.id!, one.name ?? ""])));

/** Once they were loaded. */
export const buildingName = (id: string): string => byId.value.get(id) ?? "";

async function open(buildingId: string): Promise<void> {
	const said = await call("OrgService/ListHouseholds", { buildingId, pageSize: 200 });
	households.value = said.households ?? [];
}

/** By building, then household; for those whose number nobody knows. */
export function Places({ choose }: { choose: (id: string) => void }) {
	const shown =
		typed.value === "" ? [] : buildings.value.filter((one) => means(typed.value, one.name ?? "")).slice(0, MOST);
	const enter = (building: BuildingJson) => {
		typed.value = building.name ?? "";
		open(building.id!).catch(toastError);
	};
	return (
		<div class="stack">
			<Field
				label={text().form.building}
				placeholder={text().form.buildingHint}
				value={typed.value}
				onFocus={() => void loadBuildings().catch(toastError)}
				onInput={(event) => {
					typed.value = event.currentTarget.value;
					households.value = [];
				}}
				onKeyDown={(event) => {
					if (event.isComposing || event.keyCode === 229 || event.key !== "Enter" || event.ctrlKey) return;
					event.preventDefault();
					if (shown[0]) enter(shown[0]);
				}}
			/>
			{typed.value !== "" && (
				<ul class="chips" aria-label={text().form.building}>
					{households.value.length === 0 &&
						shown.map((one) => (
							<li key={one.id}>
								<Button kind="quiet" onClick={() => enter(one)}>
									{one.name}
								</Button>
							</li>
						))}
					{households.value.map((one) => (
						<li key={one.id}>
							<Button kind="quiet" onClick={() => void find({ householdId: one.id! }, choose)}>
								{one.address} <span class="mono soft">{one.id}</span>
							</Button>
						</li>
					))}
				</ul>
			)}
		</div>
	);
}
