/**
 * The initials of Chinese text, "水管维修" → "sgwx", without a dictionary: the browser's collation knows the order of
 * pinyin, and each letter begins at a known character.
 */
const BOUNDS: [string, string][] = [
	["a", "阿"],
	["b", "八"],
	["c", "嚓"],
	["d", "哒"],
	["e", "妸"],
	["f", "发"],
	["g", "旮"],
	["h", "哈"],
	["j", "讥"],
	["k", "咔"],
	["l", "垃"],
	["m", "妈"],
	["n", "拏"],
	["o", "噢"],
	["p", "妑"],
	["q", "七"],
	["r", "呥"],
	["s", "仨"],
	["t", "它"],
	["w", "穵"],
	["x", "夕"],
	["y", "丫"],
	["z", "帀"],
];
const order = new Intl.Collator("zh-CN-u-co-pinyin");

function initialOf(character: string): string {
	if (/[a-z0-9]/i.test(character)) return character.toLowerCase();
	if (!/\p{Script=Han}/u.test(character)) return "";
	let letter = "";
	for (const [name, bound] of BOUNDS) if (order.compare(character, bound) >= 0) letter = name;
	return letter;
}

export function initials(text: string): string {
	return Array.from(text, initialOf).join("");
}

/** Whether what was typed means this text: a part of it, or the beginning of a run of its initials. */
export function means(typed: string, text: string, also = ""): boolean {
	const wanted = typed.trim().toLowerCase();
	if (wanted === "") return true;
	return text.toLowerCase().includes(wanted) || also.toLowerCase().includes(wanted) || initials(text).includes(wanted);
}
