/** The org tree as a list: each unit behind the one it belongs to, with how deep it lies. */
import type { NodeJson } from "~api";

export interface Branch {
	node: NodeJson;
	depth: number;
}

export function branches(nodes: Iterable<NodeJson>): Branch[] {
	const below = new Map<string, NodeJson[]>();
	const known = new Set<string>();
	for (const node of nodes) {
		known.add(node.id!);
		const parent = node.parentId ?? "";
		below.set(parent, [...(below.get(parent) ?? []), node]);
	}
	const found: Branch[] = [];
	const visit = (parent: string, depth: number) => {
		for (const node of below.get(parent) ?? []) {
			found.push({ node, depth });
			visit(node.id!, depth + 1);
		}
	};
	// The topmost are those whose parents are not there.
	for (const parent of below.keys()) if (!known.has(parent)) visit(parent, 0);
	return found;
}
