/** The browser in which the editor runs. Its own profile, and no word to anybody but the editor. */

import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { type BrowserContext, chromium } from "playwright-core";
import { LONGEST } from "../limits.ts";
import { logOf, PLACE } from "./codeserver.ts";

const FLAGS = [
  "--no-sandbox", // as root there is none
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export async function openBrowser(): Promise<BrowserContext> {
  const browser = await chromium.launchPersistentContext(join(PLACE, "browser"), {
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    headless: true,
    args: FLAGS,
    viewport: { width: 1440, height: 860 },
    locale: "en-GB",
    permissions: ["clipboard-read", "clipboard-write"],
    timeout: LONGEST,
  });
  const log = logOf("browser.log");
  const note = (text: string): void => appendFileSync(log, `${text}\n`);
  // What extensions say reaches the console of the window.
  browser.on("console", (message) => note(`${message.type()}: ${message.text()}`));
  browser.on("weberror", (error) => note(`error: ${error.error().stack}`));
  return browser;
}
