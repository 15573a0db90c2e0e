/** A QR code, drawn as one path. What makes it comes when one is shown. */
import { useEffect, useState } from "preact/hooks";

export function Qr({ data, label }: { data: string; label: string }) {
	const [drawn, draw] = useState({ path: "", size: 0 });
	useEffect(() => {
		void import("lean-qr/nano").then(({ generate }) => {
			const code = generate(data);
			let path = "";
			for (let y = 0; y < code.size; y++)
				for (let x = 0; x < code.size; x++) if (code.get(x, y)) path += `M${x} ${y}h1v1h-1z`;
			draw({ path, size: code.size });
		});
	}, [data]);
	if (drawn.size === 0) return null;
	// Readers want four modules of white around it, in every theme.
	return (
		<svg class="qr" role="img" aria-label={label} viewBox={`-4 -4 ${drawn.size + 8} ${drawn.size + 8}`}>
			<path d={drawn.path} />
		</svg>
	);
}
