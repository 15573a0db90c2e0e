/** A native <dialog>, which keeps the focus inside and gives it back. Escape closes it unless it must be answered. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { useId } from "./id";

export interface DialogProps {
	title: string;
	isWide?: boolean;
	/** Missing: it can't be closed but by an answer. */
	onClose?: () => void;
	onSubmit?: () => void;
	children: ComponentChildren;
}

export function Dialog({ title, isWide, onClose, onSubmit, children }: DialogProps) {
	const dialog = useRef<HTMLDialogElement>(null);
	const id = useId();
	// Before anything else is painted: what is typed next belongs here.
	useLayoutEffect(() => {
		const element = dialog.current;
		const before = document.activeElement as HTMLElement | null;
		if (element && !element.open) element.showModal();
		element?.querySelector<HTMLElement>("[data-first]")?.focus();
		return () => {
			element?.close();
			before?.focus?.();
		};
	}, []);
	return (
		<dialog
			ref={dialog}
			class={isWide ? "wide" : ""}
			aria-labelledby={id}
			onCancel={(event) => {
				event.preventDefault();
				onClose?.();
			}}
		>
			<form
				method="dialog"
				noValidate
				onSubmit={(event) => {
					event.preventDefault();
					onSubmit?.();
				}}
			>
				<h2 id={id}>{title}</h2>
				{children}
			</form>
		</dialog>
	);
}
