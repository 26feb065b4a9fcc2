/** The extension in a real editor. The steps build on each other, as a person's do. */

import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import type { BrowserContext } from "playwright-core";
import { LONGEST } from "../limits.ts";
import { openBrowser } from "./browser.ts";
import { CodeServer, logs, PLACE } from "./codeserver.ts";
import { until } from "./running.ts";
import { LBSH, MAIL, Workspace } from "./site.ts";
import { Workbench } from "./workbench.ts";

const HERE = import.meta.dirname;
// A step waits for several events; the limits of these say what did not come.
const LIMIT = { timeout: 4 * LONGEST };
const PICTURE = process.env["UPDATE_SCREENSHOT"] ? resolve(HERE, "../../images/editor.png") : join(PLACE, "editor.png");
const FAULTY = MAIL.replace("ldap_pool for LDAP", "ldap_pool for LDPA");

let codeServer: CodeServer;
let browser: BrowserContext;
let workspace: Workspace;
let bench: Workbench;
let failed = false;
let broken = false;

before(async () => {
  codeServer = await CodeServer.start();
  browser = await openBrowser();
}, LIMIT);

after(async () => {
  await browser?.close();
  await codeServer?.end();
  if (failed) {
    console.error(`pictures and logs of what failed: ${PLACE}\n${logs().join("\n")}`);
  }
}, LIMIT);

/** A step that goes on from the one before. */
function step(name: string, run: () => Promise<void>): void {
  test(name, LIMIT, async (context) => (broken ? context.skip("a step before it failed") : tried(name, run)));
}

/** A step on a workspace of its own. */
function begin(name: string, run: () => Promise<void>): void {
  test(name, LIMIT, () => tried(name, run));
}

/** Keeps what a failure looks like. */
async function tried(name: string, run: () => Promise<void>): Promise<void> {
  broken = false;
  try {
    await run();
  } catch (error) {
    broken = failed = true;
    const path = join(PLACE, `${name.replaceAll(/\W+/g, "-")}.png`);
    await bench?.page.screenshot({ path }).catch(() => undefined);
    throw error;
  }
}

begin("keywords, names and addresses have colours of their own", async () => {
  workspace = new Workspace("mail-farm", FAULTY).withProgram();
  bench = await Workbench.open(await browser.newPage(), codeServer.folder(workspace.folder));
  await bench.openFile("site.lb");
  const [keyword, name, address] = await until<(string | undefined)[]>("colours", async () => {
    const words = await bench.words("site.lb", "service SMTP");
    const of = (text: string): string | undefined => words.find((one) => one.text === text)?.colour;
    const found = [of("service"), of("SMTP"), of("62.103.127.154"), of("reflect")];
    return new Set(found).size > 2 && found.every((one) => one !== undefined) && found;
  });
  assert.equal(new Set([keyword, name, address]).size, 3);
});

step("a fault has a squiggle, and its message is among the problems", async () => {
  await bench.editor("site.lb").locator(".squiggly-error").first().waitFor();
  await bench.run("Problems: Focus on Problems View");
  const row = bench.page.locator(".markers-panel .monaco-list-row", { hasText: "undefined service `LDPA`" });
  await row.first().waitFor();
  assert.match((await row.first().textContent()) ?? "", /LB101/);
  await bench.run("View: Hide Panel");
});

step("the quick fix mends it", async () => {
  await bench.goTo(20, 21);
  const fix = bench.page.locator(".action-widget .monaco-list-row", { hasText: "LDAP" });
  await bench.press("ControlOrMeta+.", fix);
  await fix.first().click();
  await bench.shows("site.lb", "pool ldap_pool for LDAP");
  await bench.editor("site.lb").locator(".squiggly-error").waitFor({ state: "detached" });
});

step("completion offers the pools, and inserts the one that is chosen", async () => {
  await bench.goTo(23, 29);
  await bench.page.keyboard.type("\nadd 192.168.1.5 to ");
  await bench.page.keyboard.press("ControlOrMeta+Space");
  const offered = bench.page.locator(".suggest-widget.visible .monaco-list-row");
  const texts = await until<string[]>("both pools", async () => {
    const found = await offered.allTextContents();
    return ["mx_pool", "ldap_pool"].every((pool) => found.some((one) => one.startsWith(pool))) && found;
  });
  assert.ok(!texts.some((one) => one.startsWith("SMTP")), "a service is no pool");
  await offered.filter({ hasText: "mx_pool" }).first().click();
  await bench.shows("site.lb", "add 192.168.1.5 to mx_pool");
});

step("renaming changes all places", async () => {
  await bench.goTo(15, 7);
  const box = bench.page.locator(".rename-box input");
  await bench.press("F2", box);
  await box.fill("mail_farm");
  await bench.page.keyboard.press("Enter");
  await bench.shows("site.lb", "pool mail_farm for SMTP");
  await bench.save();
  await until("the saved script", () => workspace.saved.includes("mail_farm"));
  assert.ok(!workspace.saved.includes("mx_pool"));
  assert.equal(workspace.saved.split("mail_farm").length - 1, 4);
});

step("a code lens leads to the references", async () => {
  await bench.goTo(12, 1);
  const lens = bench.editor("site.lb").locator(".codelens-decoration a");
  await lens.first().click();
  await bench.page.locator(".peekview-widget .monaco-list-row").first().waitFor();
  await bench.page.keyboard.press("Escape");
  await bench.page.locator(".peekview-widget").waitFor({ state: "detached" });
});

step("the rules stand beside the script, and follow what is typed", async () => {
  await bench.run("lbsh: Show the Rules of a Packet Filter");
  await bench.pick("nftables");
  await bench.shows("site.lb · nftables", "table ip lbsh");
  await bench.run("lbsh: Show the Rules of a Packet Filter");
  await bench.pick("iptables");
  await bench.shows("site.lb · iptables", "--to-destination 192.168.1.5");
  await bench.goTo(24, 16);
  await bench.page.keyboard.press("Backspace");
  await bench.page.keyboard.type("7");
  const rules = await bench.shows("site.lb · iptables", "--to-destination 192.168.1.7");
  assert.ok(!rules.includes("192.168.1.5"));
});

step("rules of a script that has become faulty say so, and stay", async () => {
  await bench.goTo(24, 29);
  await bench.page.keyboard.type("x");
  const old = await bench.shows("site.lb · iptables", "these rules are from before");
  assert.match(old, /^# the script has an error(.|\n)*from before\n\n# Load balancing for iptables/);
  await bench.page.keyboard.press("Backspace");
  await bench.shows("site.lb · iptables", /^# Load balancing for iptables/);
});

step("a packet is traced, and traced again as the script changes", async () => {
  await bench.run("lbsh: Trace a Packet");
  await bench.answer("(1/3)", "203.0.113.9");
  await bench.answer("(2/3)", "62.103.127.154:smtp");
  await bench.pick("tcp");
  await bench.shows("tcp 203.0.113.9", "192.168.1.7");
  await bench.goTo(24, 16);
  await bench.page.keyboard.press("Backspace");
  await bench.page.keyboard.type("8");
  await bench.shows("tcp 203.0.113.9", "192.168.1.8");
});

step("after a restart all goes on", async () => {
  await bench.run("lbsh: Restart the Language Server");
  await bench.goTo(24, 16);
  await bench.page.keyboard.press("Backspace");
  await bench.page.keyboard.type("9");
  await bench.shows("tcp 203.0.113.9", "192.168.1.9");
  await bench.goTo(24, 16);
});

step("what the chosen packet filter cannot express is a fault", async () => {
  const squiggle = bench.editor("site.lb").locator(".squiggly-error");
  await bench.run("lbsh: Choose the Packet Filter to Check For");
  await bench.pick("pf freebsd-14");
  await until("the settings", () => workspace.settings.includes('"lbsh.backend": "pf"'));
  assert.match(workspace.settings, /"lbsh.target": "freebsd-14"/);
  await bench.goTo(24, 29);
  await bench.page.keyboard.type(" weight 3");
  await bench.page.keyboard.press("Escape");
  await bench.shows("site.lb", "mail_farm weight 3");
  await squiggle.first().waitFor();
  await bench.run("lbsh: Choose the Packet Filter to Check For");
  await bench.pick("None");
  await until("the settings", () => !workspace.settings.includes("lbsh.backend"));
  await squiggle.first().waitFor({ state: "detached" });
});

begin("the picture of the README", async () => {
  workspace = new Workspace("mail", MAIL).withProgram();
  const page = await browser.newPage();
  await page.setViewportSize({ width: 1440, height: 760 });
  bench = await Workbench.open(page, codeServer.folder(workspace.folder));
  await bench.openFile("site.lb");
  await bench.run("View: Toggle Primary Side Bar Visibility");
  await bench.run("lbsh: Show the Rules of a Packet Filter");
  await bench.pick("pf freebsd-14");
  await bench.shows("site.lb · pf", "table <ldap_pool>");
  await bench.goTo(20, 24);
  await bench.page.keyboard.press("Backspace");
  await bench.page.keyboard.press("Backspace");
  await bench.page.keyboard.type("PA");
  await bench.shows("site.lb", "pool ldap_pool for LDPA");
  await bench.page.keyboard.press("Escape");
  await bench.editor("site.lb").locator(".squiggly-error").first().waitFor();
  await bench.shows("site.lb · pf", "these rules are from before");
  await bench.run("Show or Focus Hover");
  const hover = bench.page.locator(".monaco-hover", { hasText: "undefined service" });
  await hover.first().waitFor();
  await hover
    .getByText(/^Quick Fix/)
    .first()
    .waitFor();
  await bench.page.screenshot({ path: PICTURE });
});

begin("where the trace of a packet depends on its interface, the editor asks for it", async () => {
  const uplinks = "interface external xl2\nexternal gw 62.103.127.158 on xl0\nexternal gw 198.51.100.1 on xl2\n";
  workspace = new Workspace("uplinks", uplinks + MAIL).withProgram();
  bench = await Workbench.open(await browser.newPage(), codeServer.folder(workspace.folder));
  await bench.openFile("site.lb");
  await bench.run("lbsh: Trace a Packet");
  await bench.answer("(1/3)", "203.0.113.9");
  await bench.answer("(2/3)", "62.103.127.154:smtp");
  await bench.pick("tcp");
  await bench.pick("xl2");
  await bench.shows("tcp 203.0.113.9", "It comes in by xl2");
});

begin("without lbsh, a message says how to get it; a path in the settings is taken at once", async () => {
  workspace = new Workspace("no-lbsh", FAULTY);
  bench = await Workbench.open(await browser.newPage(), codeServer.folder(workspace.folder));
  await bench.openFile("site.lb");
  const toast = bench.page.locator(".notification-toast", { hasText: "The program lbsh was not found" });
  await toast.waitFor();
  assert.match((await toast.textContent()) ?? "", /pip install 'lbsh\[lsp\]'/);
  await until("colours", async () => (await bench.words("site.lb", "service SMTP")).length > 3);
  workspace.settings = JSON.stringify({ "lbsh.path": LBSH });
  await bench.editor("site.lb").locator(".squiggly-error").first().waitFor();
});

begin("an lbsh without its language server says what it lacks, and another is found when it comes", async () => {
  const words = "lbsh: the language server needs pygls, which is not installed: pip install 'lbsh[lsp]'";
  workspace = new Workspace("no-extra", FAULTY).withProgramThatSays(words);
  bench = await Workbench.open(await browser.newPage(), codeServer.folder(workspace.folder));
  await bench.openFile("site.lb");
  const toast = bench.page.locator(".notification-toast", { hasText: "came without its language server" });
  await toast.waitFor();
  assert.equal(await bench.page.locator(".notification-toast").count(), 1, "said once");
  workspace.withoutProgram().withProgram();
  await toast.getByRole("button", { name: "Try Again" }).click();
  await bench.editor("site.lb").locator(".squiggly-error").first().waitFor();
});
