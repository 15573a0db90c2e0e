/** Choosing a unit of the org tree. */
import { nodes } from "~/lib/town";
import { branches } from "~/lib/tree";
import { Choice } from "./field";

export interface UnitChoiceProps {
	label: string;
	/** What none stands for. */
	all?: string;
	value: string;
	onChoose: (id: string) => void;
}

export function UnitChoice({ label, all, value, onChoose }: UnitChoiceProps) {
	const units = branches(nodes.value.values()).map(({ node, depth }): [string, string] => [
		node.id!,
		`${"　".repeat(depth)}${node.name ?? ""}`,
	]);
	return <Choice label={label} value={value} options={all ? [["", all], ...units] : units} onChoose={onChoose} />;
}
