import { serveShell } from "~/phone/shell";

serveShell("/r");
