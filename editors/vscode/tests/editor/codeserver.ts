/** VS Code as a server, with the extension in it and nothing else. */

import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { LONGEST } from "../limits.ts";
import { Running } from "./running.ts";

const ROOT = resolve(import.meta.dirname, "../../../..");
const PROGRAM =
  process.env["CODE_SERVER"] ?? join(ROOT, "build/code-server/node_modules/code-server/out/node/entry.js");
const VSIX = resolve(import.meta.dirname, "../../lbsh.vsix");

/** Where everything of a run lies; the last run stays. */
export const PLACE = join(ROOT, "build/editor-test");
const DATA = join(PLACE, "data");

/** As quiet as can be: the test looks at this extension alone. */
const SETTINGS = {
  "window.autoDetectColorScheme": false,
  "workbench.colorTheme": "Default Light Modern",
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.enableExperiments": false,
  "workbench.layoutControl.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "window.commandCenter": false,
  "window.menuBarVisibility": "hidden",
  "chat.disableAIFeatures": true,
  "chat.commandCenter.enabled": false,
  "breadcrumbs.enabled": false,
  "editor.minimap.enabled": false,
  "editor.fontSize": 13,
  "editor.cursorBlinking": "solid",
  "git.enabled": false,
  "extensions.ignoreRecommendations": true,
  "files.autoSave": "off",
  "security.workspace.trust.enabled": false,
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
};

export class CodeServer {
  readonly address: string;
  private readonly running: Running;

  private constructor(address: string, running: Running) {
    this.address = address;
    this.running = running;
  }

  static async start(): Promise<CodeServer> {
    for (const needed of [PROGRAM, VSIX]) {
      if (!existsSync(needed)) {
        throw new Error(`${needed} is missing; test.sh makes it`);
      }
    }
    rmSync(PLACE, { recursive: true, force: true });
    mkdirSync(join(DATA, "User"), { recursive: true });
    writeFileSync(join(DATA, "User", "settings.json"), JSON.stringify(SETTINGS));
    const places = ["--user-data-dir", DATA, "--extensions-dir", join(PLACE, "extensions")];
    const install = new Running(
      process.execPath,
      [PROGRAM, ...places, "--install-extension", VSIX],
      logOf("install.log"),
      environment(),
    );
    try {
      await install.succeeds(LONGEST);
    } finally {
      await install.end();
    }
    const quiet = [
      "--disable-telemetry",
      "--disable-update-check",
      "--disable-workspace-trust",
      "--disable-getting-started-override",
    ];
    const here = ["--auth", "none", "--bind-addr", "127.0.0.1:0"];
    const running = new Running(
      process.execPath,
      [PROGRAM, ...places, ...here, ...quiet],
      logOf("code-server.log"),
      environment(),
    );
    try {
      const [, address = ""] = await running.says(/HTTP server listening on (http:\/\/127\.0\.0\.1:\d+)/, LONGEST);
      return new CodeServer(address, running);
    } catch (error) {
      await running.end();
      throw error;
    }
  }

  /** Where a folder is edited. */
  folder(path: string): string {
    return `${this.address}/?folder=${encodeURIComponent(path)}`;
  }

  async end(): Promise<void> {
    await this.running.end();
  }
}

/** The logs that say what went wrong. */
export function logs(): readonly string[] {
  return readdirSync(PLACE)
    .filter((one) => one.endsWith(".log"))
    .map(logOf);
}

/** A log of this run. */
export function logOf(name: string): string {
  return join(PLACE, name);
}

/** Of the surroundings just what programs need: no lbsh but that of a workspace shall be found. */
function environment(): NodeJS.ProcessEnv {
  const home = join(PLACE, "home");
  mkdirSync(home, { recursive: true });
  return { PATH: "/usr/bin:/bin", HOME: home, LANG: "C.UTF-8" };
}
