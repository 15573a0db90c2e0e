/** Tabs by arrow keys (ARIA's pattern, activated as the focus moves). The panel is the caller's, `${id}-panel`. */
export interface TabsProps {
	id: string;
	label: string;
	tabs: [name: string, text: string][];
	current: string;
	onSelect: (name: string) => void;
}

export function Tabs({ id, label, tabs, current, onSelect }: TabsProps) {
	const move = (event: KeyboardEvent) => {
		const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
		if (step === 0) return;
		event.preventDefault();
		const at = tabs.findIndex(([name]) => name === current);
		const [name] = tabs[(at + step + tabs.length) % tabs.length]!;
		onSelect(name);
		document.getElementById(`${id}-${name}`)?.focus();
	};
	return (
		<div class="tabs" role="tablist" aria-label={label} onKeyDown={move}>
			{tabs.map(([name, text]) => (
				<button
					key={name}
					id={`${id}-${name}`}
					type="button"
					role="tab"
					aria-selected={name === current}
					aria-controls={`${id}-panel`}
					tabIndex={name === current ? 0 : -1}
					onClick={() => onSelect(name)}
				>
					{text}
				</button>
			))}
		</div>
	);
}
