import { render } from "preact";
import "~/css/tokens.css";
import "~/css/base.css";
import "~/css/map.css";
import "~/css/chart.css";
import "./wall.css";
import { startPage } from "~/lib/page";
import { theme } from "~/lib/theme";
import { Wall } from "./app";
import { takeKey } from "./key";
import { openWall } from "./state";
import { text } from "./words";

// A screen in a room is dark, whatever the machine behind it likes.
theme.value = "dark";
startPage(() => text().title);
const key = takeKey();
if (key !== "") openWall(key);
render(<Wall hasKey={key !== ""} />, document.getElementById("app")!);
