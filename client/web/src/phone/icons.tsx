/** Drawn in strokes on a square of 24, in the colour of the text. Beside words always, so that nobody reads them out. */
const PATHS = {
	bag: "M5 8h14l-1 12H6L5 8Zm4 0V6a3 3 0 0 1 6 0v2",
	tap: "M4 9h9a5 5 0 0 1 5 5v1h-4v-1H4ZM8 9V5m-3 0h6M16 19v2",
	bolt: "M13 3 5 14h6l-1 7 9-12h-7l1-6Z",
	fall: "M12 3 2 21h20L12 3Zm0 7v5m0 3v.01",
	box: "M12 3 4 7v10l8 4 8-4V7l-8-4ZM4 7l8 4 8-4m-8 4v10",
	clinic: "M5 4h14v17H5ZM12 8v6m-3-3h6M9 21v-3h6v3",
	house: "M4 11 12 4l8 7M6 10v10h12V10m-6 9s-4-2.3-4-4.5a2 2 0 0 1 4-.7 2 2 0 0 1 4 .7C16 16.7 12 19 12 19Z",
	talk: "M4 5h16v11H10l-4 4v-4H4Zm4 4h8m-8 3h5",
	mobile: "M7 2h10v20H7ZM11 18h2",
	book: "M4 5c3-1 6-1 8 1 2-2 5-2 8-1v14c-3-1-6-1-8 1-2-2-5-2-8-1V5Zm8 1v14",
	lamp: "M8 3h8l2 7H6l2-7Zm4 7v11m-4 0h8",
	broom: "M14 3 11 11M7 12l9 3-2 6H4c2-2 3-5 3-9Zm2 5-1 4m4-3-1 3",
	scales: "M12 3v18m-4 0h8M5 7h14M5 7l-3 7h6L5 7Zm14 0-3 7h6l-3-7Z",
	loud: "M4 10v4h4l5 4V6l-5 4H4Zm12-1a4 4 0 0 1 0 6m2.5-9a8 8 0 0 1 0 12",
	flag: "M6 21V4m0 1h12l-3 4 3 4H6",
	hand: "M7 12V6a1.5 1.5 0 0 1 3 0v5-7a1.5 1.5 0 0 1 3 0v7-6a1.5 1.5 0 0 1 3 0v8-4a1.5 1.5 0 0 1 3 0v6a6 6 0 0 1-6 6h-1c-3 0-4-2-7-7a1.5 1.5 0 0 1 2-2Z",
	phone: "M6 3h4l2 5-3 2a12 12 0 0 0 5 5l2-3 5 2v4a2 2 0 0 1-2 2A17 17 0 0 1 4 5a2 2 0 0 1 2-2Z",
	way: "M12 21s7-6 7-11a7 7 0 0 0-14 0c0 5 7 11 7 11Zm0-8a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
	camera: "M4 8h4l2-3h4l2 3h4v11H4Zm8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
	mike: "M9 5a3 3 0 0 1 6 0v6a3 3 0 0 1-6 0Zm-4 6a7 7 0 0 0 14 0m-7 7v3",
	cross: "m5 5 14 14M19 5 5 19",
	plus: "M12 5v14M5 12h14",
	check: "m4 13 5 5L20 6",
	list: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
	coin: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-13 1.3 2.6 2.9.4-2.1 2 .5 2.9L12 14.5l-2.6 1.4.5-2.9-2.1-2 2.9-.4Z",
	person: "M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-8 10c0-5 4-7 8-7s8 2 8 7",
	star: "m12 3 2.8 5.8 6.2.9-4.5 4.4 1.1 6.2L12 17.3l-5.6 3 1.1-6.2L3 9.7l6.2-.9Z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, isFull }: { name: IconName; isFull?: boolean }) {
	return (
		<svg class={isFull ? "icon full" : "icon"} viewBox="0 0 24 24" aria-hidden="true">
			<path d={PATHS[name]} />
		</svg>
	);
}

/** By the code of a category, or a word in it; a town's own ones get the hand. */
const CATEGORIES: [RegExp, IconName][] = [
	[/errand|shop|buy|deliver/, "bag"],
	[/plumb|water|pipe/, "tap"],
	[/electric|power/, "bolt"],
	[/fall|danger|emergency|fire/, "fall"],
	[/carry|move|lift/, "box"],
	[/escort|clinic|medic|health/, "clinic"],
	[/visit|elder|care/, "house"],
	[/counsel|talk|psych/, "talk"],
	[/device|phone|computer/, "mobile"],
	[/homework|teach|school|study/, "book"],
	[/lamp|light/, "lamp"],
	[/litter|clean|waste|garbage/, "broom"],
	[/dispute|mediat|law/, "scales"],
	[/noise|loud/, "loud"],
	[/complain|service/, "flag"],
];

export function categoryIcon(code: string): IconName {
	return CATEGORIES.find(([pattern]) => pattern.test(code))?.[1] ?? "hand";
}
