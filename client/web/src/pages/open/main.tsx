import { render } from "preact";
import "~/css/tokens.css";
import "~/css/base.css";
import "~/css/parts.css";
import "~/css/table.css";
import "~/css/map.css";
import "~/css/chart.css";
import "./open.css";
import { startPage } from "~/lib/page";
import { Open } from "./app";
import { load } from "./state";
import { text } from "./words";

startPage(() => text().title);
render(<Open />, document.getElementById("app")!);
void load();
