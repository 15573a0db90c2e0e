/** Gives a person a file. */
export function save(name: string, type: string, parts: BlobPart[]): void {
	const link = document.createElement("a");
	link.href = URL.createObjectURL(new Blob(parts, { type }));
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
