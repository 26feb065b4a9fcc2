/** Workspaces with a script in them. */

import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { PLACE } from "./codeserver.ts";

const ROOT = resolve(import.meta.dirname, "../../../..");

/** The program under test. */
export const LBSH = resolve(process.env["LBSH"] ?? join(ROOT, ".venv/bin/lbsh"));

/** The mail farm of the examples. */
export const MAIL = readFileSync(join(ROOT, "examples/mail.lb"), "utf8");

export class Workspace {
  readonly folder: string;
  readonly script: string;

  constructor(name: string, text: string) {
    this.folder = join(PLACE, name);
    this.script = join(this.folder, "site.lb");
    mkdirSync(join(this.folder, ".venv/bin"), { recursive: true });
    writeFileSync(this.script, text);
  }

  /** The script as it was saved last. */
  get saved(): string {
    return readFileSync(this.script, "utf8");
  }

  withProgram(): this {
    symlinkSync(LBSH, this.program);
    return this;
  }

  /** An lbsh that says something and ends. */
  withProgramThatSays(words: string): this {
    writeFileSync(this.program, `#!/bin/sh\ncat >&2 <<'END'\n${words}\nEND\nexit 2\n`);
    chmodSync(this.program, 0o755);
    return this;
  }

  withoutProgram(): this {
    rmSync(this.program);
    return this;
  }

  /** The settings of the workspace as text. */
  get settings(): string {
    return existsSync(this.settingsFile) ? readFileSync(this.settingsFile, "utf8") : "";
  }

  set settings(settings: string) {
    mkdirSync(dirname(this.settingsFile), { recursive: true });
    writeFileSync(this.settingsFile, settings);
  }

  private get settingsFile(): string {
    return join(this.folder, ".vscode/settings.json");
  }

  private get program(): string {
    return join(this.folder, ".venv/bin/lbsh");
  }
}
