/** What the user sets. A value of the wrong kind counts as none. */

import * as vscode from "vscode";

export interface Settings {
  readonly path: string;
  readonly backend: string | null;
  readonly target: string | null;
  /** What the server is told. */
  readonly forServer: {
    readonly backend: string | null;
    readonly target: string | null;
    readonly includeFrom: readonly string[];
  };
}

export function settings(): Settings {
  const section = vscode.workspace.getConfiguration("lbsh");
  const [backend, target] = [text(section.get("backend")) || null, text(section.get("target")) || null];
  const includeFrom = texts(section.get("includeFrom"));
  return { path: text(section.get("path")), backend, target, forServer: { backend, target, includeFrom } };
}

/** Keeps the choice of a packet filter, with the workspace if there is one. */
export async function choose(backend: string, target: string): Promise<void> {
  const section = vscode.workspace.getConfiguration("lbsh");
  const { Global, Workspace } = vscode.ConfigurationTarget;
  const where = vscode.workspace.workspaceFolders ? Workspace : Global;
  await section.update("target", target || undefined, where);
  await section.update("backend", backend || undefined, where);
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(text).filter((one) => one !== "") : [];
}

function text(value: unknown): string {
  return typeof value === "string" ? value.trim() : "";
}
