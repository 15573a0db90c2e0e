import type { ComponentChildren, JSX } from "preact";

type Kind = "main" | "danger" | "quiet";

export interface ButtonProps extends Omit<JSX.HTMLAttributes<HTMLButtonElement>, "class"> {
	kind?: Kind;
	submit?: boolean;
	disabled?: boolean;
	/** The key that does the same, shown beside the words. */
	hint?: string;
	children: ComponentChildren;
}

export function Button({ kind, submit, hint, children, ...rest }: ButtonProps) {
	return (
		<button {...rest} type={submit ? "submit" : "button"} class={kind ? `button ${kind}` : "button"}>
			{children}
			{hint && <kbd aria-hidden="true">{hint}</kbd>}
		</button>
	);
}
