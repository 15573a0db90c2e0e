import { serveShell } from "~/phone/shell";

serveShell("/m");
