/** Short messages at the bottom, read out; with one thing to do at most ("撤销"). */
import { signal } from "@preact/signals";
import { say } from "~/lib/errors";
import { now } from "~/lib/time";

export interface ToastAction {
	text: string;
	act: () => void;
	/** Until when it can be done: the seconds that are left stand beside it. */
	untilMs?: number;
}

interface Toast {
	id: number;
	text: string;
	isWrong: boolean;
	action?: ToastAction | undefined;
}

const toasts = signal<Toast[]>([]);
let last = 0;

export function dismiss(id: number): void {
	toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

export function toast(text: string, action?: ToastAction, lifeMs = 5000, isWrong = false): number {
	const id = ++last;
	toasts.value = [...toasts.value.slice(-2), { id, text, isWrong, action }];
	setTimeout(() => dismiss(id), lifeMs);
	return id;
}

/** Of what was thrown. */
export function toastError(error: unknown): void {
	toast(say(error), undefined, 8000, true);
}

/** Not read out: it would be every second. */
function Countdown({ untilMs }: { untilMs: number }) {
	const seconds = Math.ceil((untilMs - now.value) / 1000);
	return <span aria-hidden="true"> {Math.max(0, seconds)}</span>;
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
							{action.untilMs && <Countdown untilMs={action.untilMs} />}
						</button>
					)}
				</div>
			))}
		</div>
	);
}
