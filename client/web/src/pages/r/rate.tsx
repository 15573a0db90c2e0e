/** 评单: stars, and whether it is solved. "Not solved" has it arranged anew. */
import { useSignal } from "@preact/signals";
import { call, newKey } from "~/lib/rpc";
import { attempt } from "~/phone/attempt";
import { orderTitle } from "~/phone/categories";
import { useDraft } from "~/phone/draft";
import { Icon } from "~/phone/icons";
import { reloadSoon } from "~/phone/live";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { Area } from "~/ui/field";
import type { OrderJson, ResolutionJson } from "~api";
import { CallUs } from "./call_us";
import { text } from "./words";

const STARS = [1, 2, 3, 4, 5];
const ENOUGH = 3;

export function Rate({ order, onClose }: { order: OrderJson; onClose: () => void }) {
	const stars = useSignal(0);
	const tags = useSignal<string[]>([]);
	const comment = useSignal("");
	const key = useSignal(newKey());
	const sent = useDraft(`rate.${order.id}`, { stars, tags, comment });
	const rate = async (resolution: ResolutionJson, given: number, thanks: string) => {
		onClose();
		const request = { orderId: order.id!, stars: given, tags: tags.value, comment: comment.value.trim(), resolution };
		if (await attempt(() => call("OrderService/RateOrder", request, { key: key.value }), thanks)) sent();
		reloadSoon();
	};
	const toggle = (tag: string) => {
		tags.value = tags.value.includes(tag) ? tags.value.filter((other) => other !== tag) : [...tags.value, tag];
	};
	const isSolved = () => stars.value > 0 && rate("RESOLUTION_SOLVED", stars.value, text().rated);
	return (
		<Dialog title={text().rateTitle} onClose={onClose} onSubmit={isSolved}>
			<p>{orderTitle(order)}</p>
			<div class="stars" role="group" aria-label={text().rateTitle}>
				{STARS.map((n) => (
					<button
						key={n}
						type="button"
						class="star"
						aria-pressed={stars.value === n}
						aria-label={`${text().starOf(n)} ${text().stars[n - 1]}`}
						onClick={() => (stars.value = n)}
					>
						<Icon name="star" isFull={n <= stars.value} />
					</button>
				))}
			</div>
			<p class="star-words" aria-hidden="true">
				{stars.value > 0 ? text().stars[stars.value - 1] : "\u00a0"}
			</p>
			{stars.value > ENOUGH && (
				<div class="chips">
					{text().tags.map((tag) => (
						<button
							key={tag}
							type="button"
							class="chip"
							aria-pressed={tags.value.includes(tag)}
							onClick={() => toggle(tag)}
						>
							{tag}
						</button>
					))}
				</div>
			)}
			<Area
				label={text().comment}
				rows={2}
				value={comment.value}
				maxLength={2000}
				onInput={(event) => (comment.value = event.currentTarget.value)}
			/>
			<div class="acts sticky">
				<CallUs />
				<Button kind="danger" onClick={() => rate("RESOLUTION_NOT_SOLVED", stars.value || 1, text().notSolvedDone)}>
					{text().notSolved}
				</Button>
				<Button kind="main" submit disabled={stars.value === 0}>
					{text().solved}
				</Button>
			</div>
		</Dialog>
	);
}
