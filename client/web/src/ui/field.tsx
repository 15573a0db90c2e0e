import type { ComponentChildren, JSX } from "preact";
import { useId } from "./id";

interface Common {
	label: string;
	/** What is wrong with it; read out with the field. */
	wrong?: string | undefined;
}

function Around({ label, wrong, id, children }: Common & { id: string; children: ComponentChildren }) {
	return (
		<div class="field">
			<label for={id} class="soft">
				{label}
			</label>
			{children}
			{wrong && (
				<span class="wrong" id={`${id}-wrong`} role="alert">
					{wrong}
				</span>
			)}
		</div>
	);
}

const says = (id: string, wrong?: string) =>
	wrong ? { "aria-invalid": true as const, "aria-describedby": `${id}-wrong` } : {};

export interface FieldProps extends Common, Omit<JSX.HTMLAttributes<HTMLInputElement>, "label" | "wrong"> {
	id?: string;
	type?: string;
	value?: string;
	name?: string;
	required?: boolean;
	maxLength?: number;
	autoComplete?: string;
	min?: string;
	pattern?: string;
	placeholder?: string;
}

export function Field({ label, wrong, id: given, ...rest }: FieldProps) {
	const own = useId();
	const id = given ?? own;
	return (
		<Around label={label} wrong={wrong} id={id}>
			<input {...rest} {...says(id, wrong)} id={id} />
		</Around>
	);
}

export interface AreaProps extends Common, Omit<JSX.HTMLAttributes<HTMLTextAreaElement>, "label" | "wrong"> {
	value?: string;
	name?: string;
	required?: boolean;
	maxLength?: number;
	rows?: number;
}

export function Area({ label, wrong, ...rest }: AreaProps) {
	const id = useId();
	return (
		<Around label={label} wrong={wrong} id={id}>
			<textarea {...rest} {...says(id, wrong)} id={id} />
		</Around>
	);
}

export interface ChoiceProps extends Common {
	value: string;
	options: [value: string, text: string][];
	onChoose: (value: string) => void;
}

export function Choice({ label, wrong, value, options, onChoose }: ChoiceProps) {
	const id = useId();
	return (
		<Around label={label} wrong={wrong} id={id}>
			<select {...says(id, wrong)} id={id} value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
				{options.map(([name, text]) => (
					<option key={name} value={name}>
						{text}
					</option>
				))}
			</select>
		</Around>
	);
}
