/**
 * Taking an order on the phone, from the top down without the mouse. What was written stays when the form is closed or
 * the session ends; it is kept in memory alone, for it is about people.
 */
import { signal } from "@preact/signals";
import type { PlaceOrderRequestJson, UrgencyJson } from "~api";
import { useState } from "preact/hooks";
import { language } from "~/lib/i18n";
import { means } from "~/lib/pinyin";
import { call, newKey } from "~/lib/rpc";
import { categories } from "~/lib/town";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { Area, Choice, Field } from "~/ui/field";
import { toast, toastError } from "~/ui/toast";
import { put, refreshSoon } from "./board";
import { Callers, findByNumber, forgetCaller, Places } from "./caller";
import { current, openPanel, panel } from "./state";
import { text } from "./words";

const BLANK = {
	caller: "",
	resident: "",
	category: "",
	typed: "",
	title: "",
	description: "",
	urgency: "URGENCY_UNSPECIFIED",
	name: "",
	phone: "",
	address: "",
};
const draft = signal(BLANK);
let key = newKey();

const set = (more: Partial<typeof BLANK>) => {
	draft.value = { ...draft.value, ...more };
};

function request(): PlaceOrderRequestJson {
	const { resident, category, title, description, urgency, name, phone, address } = draft.value;
	const contact = name || phone || address ? { contact: { name, phone, address } } : {};
	return {
		beneficiaryId: resident.trim(),
		categoryId: category,
		title: title.trim(),
		description: description.trim(),
		urgency: urgency as UrgencyJson,
		...contact,
	};
}

function Categories({ wrong }: { wrong: string | undefined }) {
	const { typed, category } = draft.value;
	const all = [...categories.value.values()];
	const shown = all.filter((one) => means(typed, one.nameZh ?? "", `${one.nameEn} ${one.code}`)).slice(0, 8);
	const choose = (id: string) => set({ category: id, typed: categories.value.get(id)?.nameZh ?? "" });
	return (
		<div class="stack">
			<Field
				label={text().form.category}
				placeholder={text().form.categoryHint}
				wrong={wrong}
				value={typed}
				onInput={(event) => set({ typed: event.currentTarget.value, category: "" })}
				onKeyDown={(event) => {
					if (event.isComposing || event.keyCode === 229 || (event.key !== "Enter" && event.key !== "Tab")) return;
					if (category === "" && shown[0] && typed !== "") choose(shown[0].id!);
					if (event.key === "Enter" && !event.ctrlKey) {
						event.preventDefault();
						document.getElementById("form-title")?.focus();
					}
				}}
			/>
			<ul class="chips" aria-label={text().form.category}>
				{(category === "" ? shown : []).map((one) => (
					<li key={one.id}>
						<Button kind="quiet" tabIndex={-1} onClick={() => choose(one.id!)}>
							{language.value === "zh" ? one.nameZh : one.nameEn || one.nameZh}
						</Button>
					</li>
				))}
			</ul>
		</div>
	);
}

function Other() {
	const words = text().form;
	const { name, phone, address } = draft.value;
	return (
		<details open={name + phone + address !== ""}>
			<summary>{words.contact}</summary>
			<div class="form-three">
				<Field
					label={words.name}
					maxLength={60}
					value={name}
					onInput={(event) => set({ name: event.currentTarget.value })}
				/>
				<Field
					label={words.phone}
					maxLength={24}
					value={phone}
					onInput={(event) => set({ phone: event.currentTarget.value })}
				/>
				<Field
					label={words.address}
					maxLength={200}
					value={address}
					onInput={(event) => set({ address: event.currentTarget.value })}
				/>
			</div>
		</details>
	);
}

export function OrderForm() {
	const [tried, attempt] = useState(false);
	const [busy, work] = useState(false);
	const words = text().form;
	const { caller, resident, category, title, description, urgency } = draft.value;
	const close = () => (panel.value = "");
	const place = async (assigns: boolean) => {
		attempt(true);
		if (busy || resident.trim() === "" || category === "") return;
		work(true);
		try {
			const { order } = await call("OrderService/PlaceOrder", request(), { key });
			key = newKey();
			draft.value = BLANK;
			forgetCaller();
			put(order!);
			refreshSoon();
			current.value = order!.id!;
			toast(words.placed(order!.id!));
			if (assigns) openPanel("assign", [order!.id!]);
			else panel.value = "";
		} catch (error) {
			// The same again is the same order; what was changed is another one.
			toastError(error);
			key = newKey();
			work(false);
		}
	};
	return (
		<Dialog title={words.title} isWide onClose={close} onSubmit={() => void place(false)}>
			<div
				class="stack"
				onKeyDown={(event) => {
					if (event.key === "Enter" && event.ctrlKey) {
						event.preventDefault();
						void place(true);
					}
				}}
			>
				<div class="form-two">
					<Field
						label={words.caller}
						data-first
						type="tel"
						placeholder={words.callerHint}
						value={caller}
						onInput={(event) => {
							set({ caller: event.currentTarget.value });
							findByNumber(event.currentTarget.value, (id) => set({ resident: id }));
						}}
					/>
					<Field
						label={words.resident}
						placeholder="r0000000"
						wrong={tried && resident.trim() === "" ? words.needResident : undefined}
						value={resident}
						onInput={(event) => set({ resident: event.currentTarget.value })}
					/>
				</div>
				<Callers current={resident} choose={(id) => set({ resident: id })} />
				{resident === "" && <Places choose={(id) => set({ resident: id })} />}
				<Categories wrong={tried && category === "" ? words.needCategory : undefined} />
				<div class="form-two">
					<Field
						id="form-title"
						label={words.matter}
						maxLength={80}
						value={title}
						onInput={(event) => set({ title: event.currentTarget.value })}
					/>
					<Choice
						label={words.urgency}
						value={urgency}
						options={[
							["URGENCY_UNSPECIFIED", words.usual],
							...Object.entries(text().urgency)
								.filter(([name]) => name !== "UNSPECIFIED")
								.map(([name, said]): [string, string] => [`URGENCY_${name}`, said]),
						]}
						onChoose={(value) => set({ urgency: value })}
					/>
				</div>
				<Area
					label={words.description}
					maxLength={2000}
					rows={2}
					value={description}
					onInput={(event) => set({ description: event.currentTarget.value })}
				/>
				<Other />
			</div>
			<div class="ends">
				<Button kind="quiet" hint="Esc" onClick={close}>
					{text().cancel}
				</Button>
				<Button submit disabled={busy}>
					{words.place}
				</Button>
				<Button kind="main" hint="Ctrl+Enter" disabled={busy} onClick={() => void place(true)}>
					{words.placeAssign}
				</Button>
			</div>
		</Dialog>
	);
}
