import { render } from "preact";
import "~/css/tokens.css";
import "~/css/base.css";
import "~/css/parts.css";
import { startTheme } from "~/lib/theme";
import { Toasts } from "~/ui/toast";

startTheme();
render(<Toasts />, document.getElementById("app")!);
