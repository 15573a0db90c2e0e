/** A newer page is there; this one goes on working until whoever uses it has the time. */
import { words } from "~/lib/i18n";
import { isOutdated } from "~/lib/version";
import { Button } from "./button";

const text = words(
	{ said: "本页有新版本；写完手上的内容后刷新。", go: "刷新" },
	{
		said: "There is a newer version of this page: reload it when you have finished what you are writing.",
		go: "Reload",
	},
);

export function Outdated() {
	if (!isOutdated.value) return null;
	return (
		<div class="banner" role="status">
			{text().said}{" "}
			<Button kind="quiet" onClick={() => location.reload()}>
				{text().go}
			</Button>
		</div>
	);
}
