/** 给谁下单: oneself, or family who agreed; and where the help goes, which is remembered for each of them. */
import { type Signal, batch } from "@preact/signals";
import { recall, remember } from "~/lib/store";
import { selfId } from "~/phone/session";
import { Field } from "~/ui/field";
import type { ContactJson } from "~api";
import { family, resident } from "./state";
import { text } from "./words";

const ADDRESS_CHARS = 200;

export interface Place {
	/** Who is helped; "": whose page it is. */
	whom: Signal<string>;
	isElsewhere: Signal<boolean>;
	address: Signal<string>;
	/** Questions go to who asks, not to who is helped. */
	isMyPhone: Signal<boolean>;
}

const keyOf = (whom: string) => `place.${selfId.value}.${whom}`;

/** Where the last order for them went: an address, or nothing for their home. */
export function placeOf(whom: string): { isElsewhere: boolean; address: string } {
	const kept = recall(keyOf(whom));
	return { isElsewhere: kept.startsWith("+"), address: kept.slice(1) };
}

export function rememberPlace({ whom, isElsewhere, address }: Place) {
	const mark = isElsewhere.value ? "+" : "-";
	remember(keyOf(whom.value), address.value.trim() === "" ? "" : mark + address.value.trim());
}

export const whereMissing = ({ isElsewhere, address }: Place) =>
	isElsewhere.value && address.value.trim() === "" ? text().addressMissing : undefined;

/** Only what differs from what the broker knows of who is helped. */
export function contactOf({ whom, isElsewhere, address, isMyPhone }: Place): { contact?: ContactJson } {
	const contact: ContactJson = {};
	if (isElsewhere.value) contact.address = address.value.trim();
	if (whom.value !== "" && isMyPhone.value) contact.phone = resident.value?.phone ?? "";
	return Object.keys(contact).length > 0 ? { contact } : {};
}

export const nameOf = (residentId: string) => family.value.find((one) => one.residentId === residentId)?.name ?? "";

export function ForWhom({ form }: { form: Place }) {
	if (family.value.length === 0) return null;
	const choose = (whom: string) => () =>
		batch(() => {
			const { isElsewhere, address } = placeOf(whom);
			form.whom.value = whom;
			form.isElsewhere.value = isElsewhere;
			form.address.value = address;
		});
	const people = [["", text().myself], ...family.value.map(({ residentId = "", name = "" }) => [residentId, name])];
	return (
		<div class="stack" role="group" aria-label={text().forWhom}>
			<span class="soft">{text().forWhom}</span>
			<div class="chips">
				{people.map(([id = "", name]) => (
					<button key={id} type="button" class="chip" aria-pressed={form.whom.value === id} onClick={choose(id)}>
						{name}
					</button>
				))}
			</div>
			{form.whom.value !== "" && (
				<label class="switch">
					<input
						type="checkbox"
						checked={form.isMyPhone.value}
						onChange={(event) => (form.isMyPhone.value = event.currentTarget.checked)}
					/>
					<span class="grow">{text().callMe}</span>
				</label>
			)}
		</div>
	);
}

export function Where({ form, wrong }: { form: Place; wrong: string | undefined }) {
	const pick = (isElsewhere: boolean) => () => (form.isElsewhere.value = isElsewhere);
	const home = family.value.find((one) => one.residentId === form.whom.value);
	return (
		<div class="stack" role="group" aria-label={text().where}>
			<div class="choices">
				<button type="button" class="choice" aria-pressed={!form.isElsewhere.value} onClick={pick(false)}>
					{home ? text().homeOf(home.name ?? "") : text().home}
				</button>
				<button type="button" class="choice" aria-pressed={form.isElsewhere.value} onClick={pick(true)}>
					{text().elsewhere}
				</button>
			</div>
			{!form.isElsewhere.value && home?.address && <p class="soft where">{home.address}</p>}
			{form.isElsewhere.value && (
				<Field
					label={text().address}
					wrong={wrong}
					value={form.address.value}
					maxLength={ADDRESS_CHARS}
					autoComplete="street-address"
					onInput={(event) => (form.address.value = event.currentTarget.value)}
				/>
			)}
		</div>
	);
}
