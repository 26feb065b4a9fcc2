/** Draws `icon.svg` as `icon.png`: `npm run icon`. CHROMIUM names another browser than the system's. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const here = import.meta.dirname;
const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
try {
  const page = await browser.newPage({ viewport: { width: 256, height: 256 } });
  await page.setContent(`<style>body { margin: 0 }</style>${readFileSync(join(here, "icon.svg"), "utf8")}`);
  await page.screenshot({ path: join(here, "icon.png"), omitBackground: true });
} finally {
  await browser.close();
}
