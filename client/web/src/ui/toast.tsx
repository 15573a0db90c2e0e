/** Short messages at the bottom, read out; with one thing to do at most ("撤销"). */
import { signal } from "@preact/signals";
import { say } from "~/lib/errors";

interface Toast {
	id: number;
	text: string;
	isWrong: boolean;
	action?: { text: string; act: () => void } | undefined;
}

const toasts = signal<Toast[]>([]);
let last = 0;

export function dismiss(id: number): void {
	toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

export function toast(text: string, action?: Toast["action"], lifeMs = 5000, isWrong = false): number {
	const id = ++last;
	toasts.value = [...toasts.value.slice(-2), { id, text, isWrong, action }];
	setTimeout(() => dismiss(id), lifeMs);
	return id;
}

/** Of what was thrown. */
export function toastError(error: unknown): void {
	toast(say(error), undefined, 8000, true);
}

export function Toasts() {
	return (
		<div class="toasts" role="status" aria-live="polite">
			{toasts.value.map(({ id, text, isWrong, action }) => (
				<div key={id} class={isWrong ? "toast wrong" : "toast"}>
					<span>{text}</span>
					{action && (
						<button
							type="button"
							onClick={() => {
								dismiss(id);
								action.act();
							}}
						>
							{action.text}
						</button>
					)}
				</div>
			))}
		</div>
	);
}
