/** The editor as a person uses it: by keys and by what stands on the screen. */

import type { Locator, Page } from "playwright-core";
import { LONGEST, ONE_LOOK } from "../limits.ts";
import { until } from "./running.ts";

/** A word on the screen and how it looks. */
export interface Shown {
  readonly text: string;
  readonly colour: string;
}

export class Workbench {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  static async open(page: Page, address: string): Promise<Workbench> {
    page.setDefaultTimeout(LONGEST);
    await page.goto(address, { waitUntil: "domcontentloaded" });
    await page.locator(".monaco-workbench").waitFor();
    return new Workbench(page);
  }

  /** Opens a file of the workspace. */
  async openFile(name: string): Promise<void> {
    await until(`the file ${name}`, async () => {
      await this.quickInput("ControlOrMeta+P", name);
      const row = this.rows.filter({ hasText: name }).first();
      const there = await row.waitFor({ timeout: ONE_LOOK }).then(
        () => true,
        () => false,
      );
      await this.page.keyboard.press(there ? "Enter" : "Escape");
      return there;
    });
    await this.editor(name).locator(".view-line").first().waitFor();
    await this.editor(name).locator(".view-lines").first().click();
  }

  /** Runs a command of the palette. */
  async run(title: string): Promise<void> {
    await this.quickInput("F1", `>${title}`);
    await this.rows.filter({ hasText: title }).first().click();
  }

  /** Puts the cursor at a place, counted from 1. */
  async goTo(line: number, column: number): Promise<void> {
    await this.quickInput("ControlOrMeta+P", `:${line}:${column}`);
    await this.page.keyboard.press("Enter");
    await this.page.locator(".quick-input-widget").waitFor({ state: "hidden" });
    await this.page.locator(".monaco-editor.focused[role=code]").waitFor();
    const place = this.page.locator(".statusbar-item", { hasText: `Ln ${line}, Col ${column}` });
    await place.first().waitFor();
  }

  /** Presses a key until something comes of it: one that is pressed too early is lost. */
  async press(key: string, wanted: Locator): Promise<void> {
    await until(`${wanted} after ${key}`, async () => {
      await this.page.keyboard.press(key);
      return wanted
        .first()
        .waitFor({ timeout: ONE_LOOK })
        .then(
          () => true,
          () => false,
        );
    });
  }

  /** Fills in what is asked for at the top of the window, under a title that ends like this. */
  async answer(title: string, text: string): Promise<void> {
    await this.page.locator(".quick-input-titlebar", { hasText: title }).waitFor();
    const input = this.page.locator(".quick-input-widget input").first();
    await input.waitFor();
    await input.fill(text);
    await this.page.keyboard.press("Enter");
  }

  /** Picks one of the rows at the top of the window. */
  async pick(text: string): Promise<void> {
    await this.rows.filter({ hasText: text }).first().click();
  }

  get rows(): Locator {
    return this.page.locator(".quick-input-widget .monaco-list-row");
  }

  /** The editor whose tab begins with a name. */
  editor(name: string): Locator {
    const tab = this.page.locator(`.tab[data-resource-name^="${name}"]`);
    return this.page
      .locator(".editor-group-container")
      .filter({ has: tab })
      .locator(".monaco-editor[role=code]")
      .first();
  }

  /** What an editor shows of its text, without what is scrolled away. */
  async textOf(name: string): Promise<string> {
    const lines = this.editor(name).locator(".view-line");
    const shown = await lines.evaluateAll((all) =>
      all
        .map((one) => ({ top: Number.parseFloat((one as HTMLElement).style.top), text: one.textContent ?? "" }))
        .sort((one, other) => one.top - other.top)
        .map((one) => one.text),
    );
    return shown.join("\n").replaceAll("\u00a0", " ");
  }

  /** The words of a line that begins with some text, as they look. */
  async words(name: string, beginning: string): Promise<readonly Shown[]> {
    const lines = this.editor(name).locator(".view-line");
    const shown = await lines.evaluateAll((all) =>
      all.map((line) =>
        [...line.querySelectorAll("span > span")].map((one) => ({
          text: (one.textContent ?? "").replaceAll("\u00a0", " ").trim(),
          colour: getComputedStyle(one).color,
        })),
      ),
    );
    const line = shown.find((words) =>
      words
        .map((one) => one.text)
        .filter(Boolean)
        .join(" ")
        .startsWith(beginning),
    );
    return line ?? [];
  }

  /** Waits until what an editor shows holds some words, or holds them no more. */
  async shows(name: string, words: string | RegExp): Promise<string> {
    return until<string>(`${words} in ${name}`, async () => {
      const text = await this.textOf(name);
      return (typeof words === "string" ? text.includes(words) : words.test(text)) && text;
    });
  }

  async save(): Promise<void> {
    await this.page.keyboard.press("ControlOrMeta+S");
  }

  private async quickInput(key: string, text: string): Promise<void> {
    const input = this.page.locator(".quick-input-widget input").first();
    await this.press(key, input);
    await input.fill(text);
  }
}
