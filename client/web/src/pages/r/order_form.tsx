/** The order to be: everything is filled in already, so that one tap places it. What was typed survives closing. */
import { type Signal, useSignal } from "@preact/signals";
import { newKey } from "~/lib/rpc";
import { attempt } from "~/phone/attempt";
import { categoryName } from "~/phone/categories";
import { useDraft } from "~/phone/draft";
import { AMBULANCE } from "~/phone/hotline";
import { Icon } from "~/phone/icons";
import { Memo } from "~/phone/memo";
import { post } from "~/phone/outbox";
import { Photos } from "~/phone/photos";
import { text as phoneText } from "~/phone/words";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { Area } from "~/ui/field";
import type { CategoryJson } from "~api";
import { CallUs } from "./call_us";
import { contactOf, ForWhom, placeOf, rememberPlace, Where, whereMissing } from "./for_whom";
import { text } from "./words";

const DETAIL_CHARS = 2000;

interface Form {
	details: Signal<string>;
	photos: Signal<Blob[]>;
	memo: Signal<Blob | undefined>;
	/** Who is helped; "": whose page it is. */
	whom: Signal<string>;
	isElsewhere: Signal<boolean>;
	address: Signal<string>;
	isMyPhone: Signal<boolean>;
}

async function place(category: CategoryJson, form: Form) {
	const blobs = form.memo.value === undefined ? form.photos.value : [...form.photos.value, form.memo.value];
	const request = {
		requestId: newKey(),
		deviceMs: String(Date.now()),
		categoryId: category.id!,
		title: categoryName(category),
		description: form.details.value.trim(),
		beneficiaryId: form.whom.value,
		...contactOf(form),
	};
	await post({
		method: "OrderService/PlaceOrder",
		request,
		files: blobs.map((blob) => ({ blob })),
		into: "attachments",
	});
}

interface OrderFormProps {
	category: CategoryJson;
	onClose: () => void;
	onPlaced: () => void;
}

/** Choices alone are no draft: the next order begins with the usual ones. */
const isEmpty = ({ details, photos, memo, address }: Form) =>
	details.value + address.value === "" && photos.value.length === 0 && memo.value === undefined;

function useForm(category: CategoryJson): [Form, forget: () => void] {
	const own = placeOf("");
	const form: Form = {
		details: useSignal(""),
		photos: useSignal<Blob[]>([]),
		memo: useSignal<Blob | undefined>(undefined),
		whom: useSignal(""),
		isElsewhere: useSignal(own.isElsewhere),
		address: useSignal(own.address),
		isMyPhone: useSignal(false),
	};
	return [form, useDraft(`order.${category.id}`, { ...form })];
}

export function OrderForm({ category, onClose, onPlaced }: OrderFormProps) {
	const [form, forget] = useForm(category);
	const wrong = useSignal<string | undefined>(undefined);
	const send = async () => {
		wrong.value = whereMissing(form);
		if (wrong.value !== undefined) return;
		rememberPlace(form);
		const isTaken = await attempt(() => place(category, form), navigator.onLine ? text().placed : text().placedOffline);
		if (!isTaken) return;
		forget();
		onClose();
		onPlaced();
	};
	const close = () => {
		if (isEmpty(form)) forget();
		onClose();
	};
	return (
		<Dialog title={categoryName(category)} onClose={close} onSubmit={send}>
			{category.urgency === "URGENCY_DANGER" && (
				<a class="button danger" href={`tel:${AMBULANCE}`}>
					<Icon name="phone" /> {text().danger}
				</a>
			)}
			<ForWhom form={form} />
			<Area
				label={text().details}
				rows={2}
				value={form.details.value}
				maxLength={DETAIL_CHARS}
				onInput={(event) => (form.details.value = event.currentTarget.value)}
			/>
			<Memo memo={form.memo} />
			<Photos photos={form.photos} />
			<Where form={form} wrong={wrong.value} />
			<div class="acts sticky">
				<CallUs />
				<Button onClick={close}>{phoneText().cancel}</Button>
				<Button kind="main" submit data-first>
					{text().place}
				</Button>
			</div>
		</Dialog>
	);
}
