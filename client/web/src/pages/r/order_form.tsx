/** The order to be: everything is filled in already, so that one tap places it. What was typed survives closing. */
import { type Signal, useSignal } from "@preact/signals";
import { newKey } from "~/lib/rpc";
import { recall, remember } from "~/lib/store";
import { attempt } from "~/phone/attempt";
import { categoryName } from "~/phone/categories";
import { AMBULANCE } from "~/phone/hotline";
import { Icon } from "~/phone/icons";
import { Memo } from "~/phone/memo";
import { post } from "~/phone/outbox";
import { Photos } from "~/phone/photos";
import { text as phoneText } from "~/phone/words";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { Area, Field } from "~/ui/field";
import type { CategoryJson, ContactJson } from "~api";
import { CallUs } from "./call_us";
import { resident } from "./state";
import { text } from "./words";

const DETAIL_CHARS = 2000;
const ADDRESS_CHARS = 200;

interface Form {
	details: Signal<string>;
	photos: Signal<Blob[]>;
	memo: Signal<Blob | undefined>;
	isElsewhere: Signal<boolean>;
	address: Signal<string>;
}

/** Whom to call stays the same; an address of one's own replaces the household's. */
function contactOf(form: Form): { contact?: ContactJson } {
	if (!form.isElsewhere.value) return {};
	const { name = "", phone = "" } = resident.value ?? {};
	return { contact: { name, phone, address: form.address.value.trim() } };
}

async function place(category: CategoryJson, form: Form) {
	const blobs = form.memo.value === undefined ? form.photos.value : [...form.photos.value, form.memo.value];
	const request = {
		requestId: newKey(),
		deviceMs: String(Date.now()),
		categoryId: category.id!,
		title: categoryName(category),
		description: form.details.value.trim(),
		...contactOf(form),
	};
	await post({
		method: "OrderService/PlaceOrder",
		request,
		files: blobs.map((blob) => ({ blob })),
		into: "attachments",
	});
}

function Where({ form, wrong }: { form: Form; wrong: string | undefined }) {
	const pick = (isElsewhere: boolean) => () => (form.isElsewhere.value = isElsewhere);
	return (
		<div class="stack" role="group" aria-label={text().where}>
			<div class="choices">
				<button type="button" class="choice" aria-pressed={!form.isElsewhere.value} onClick={pick(false)}>
					{text().home}
				</button>
				<button type="button" class="choice" aria-pressed={form.isElsewhere.value} onClick={pick(true)}>
					{text().elsewhere}
				</button>
			</div>
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

interface OrderFormProps {
	category: CategoryJson;
	onClose: () => void;
	onPlaced: () => void;
}

export function OrderForm({ category, onClose, onPlaced }: OrderFormProps) {
	const draft = `draft.${category.id}`;
	const form: Form = {
		details: useSignal(recall(draft)),
		photos: useSignal<Blob[]>([]),
		memo: useSignal<Blob | undefined>(undefined),
		isElsewhere: useSignal(recall("elsewhere") === "yes"),
		address: useSignal(recall("address")),
	};
	const wrong = useSignal<string | undefined>(undefined);
	const send = async () => {
		wrong.value = form.isElsewhere.value && form.address.value.trim() === "" ? text().addressMissing : undefined;
		if (wrong.value !== undefined) return;
		remember("elsewhere", form.isElsewhere.value ? "yes" : "");
		remember("address", form.address.value.trim());
		const isTaken = await attempt(() => place(category, form), navigator.onLine ? text().placed : text().placedOffline);
		if (!isTaken) return;
		remember(draft, "");
		onClose();
		onPlaced();
	};
	const type = (details: string) => {
		form.details.value = details;
		remember(draft, details);
	};
	return (
		<Dialog title={categoryName(category)} onClose={onClose} onSubmit={send}>
			{category.urgency === "URGENCY_DANGER" && (
				<a class="button danger" href={`tel:${AMBULANCE}`}>
					<Icon name="phone" /> {text().danger}
				</a>
			)}
			<Area
				label={text().details}
				rows={2}
				value={form.details.value}
				maxLength={DETAIL_CHARS}
				onInput={(event) => type(event.currentTarget.value)}
			/>
			<Memo memo={form.memo} />
			<Photos photos={form.photos} />
			<Where form={form} wrong={wrong.value} />
			<div class="acts sticky">
				<CallUs />
				<Button onClick={onClose}>{phoneText().cancel}</Button>
				<Button kind="main" submit data-first>
					{text().place}
				</Button>
			</div>
		</Dialog>
	);
}
