/** 点单: a picture for each kind of help; one tap opens the order, the next one places it. */
import { useSignal } from "@preact/signals";
import { categories, categoryName } from "~/phone/categories";
import { categoryIcon, Icon } from "~/phone/icons";
import { text as phoneText } from "~/phone/words";
import type { CategoryJson } from "~api";
import { OrderForm } from "./order_form";
import { text } from "./words";

export function Ask({ onPlaced }: { onPlaced: () => void }) {
	const chosen = useSignal<CategoryJson | undefined>(undefined);
	if (categories.value.length === 0) return <p class="empty">{phoneText().loading}</p>;
	return (
		<>
			<h2>{text().what}</h2>
			<ul class="tiles">
				{categories.value.map((category) => (
					<li key={category.id}>
						<button
							type="button"
							class={category.urgency === "URGENCY_DANGER" ? "tile danger" : "tile"}
							onClick={() => (chosen.value = category)}
						>
							<Icon name={categoryIcon(category.code ?? "")} />
							<span>{categoryName(category)}</span>
						</button>
					</li>
				))}
			</ul>
			{chosen.value && (
				<OrderForm category={chosen.value} onClose={() => (chosen.value = undefined)} onPlaced={onPlaced} />
			)}
		</>
	);
}
