/** What the status bar says of the server, next to a script. */

import * as vscode from "vscode";
import type { Server, State } from "./server.ts";
import { settings } from "./settings.ts";

export function registerStatus(server: Server): vscode.Disposable {
  const selector = { language: "lbsh" };
  const life = vscode.languages.createLanguageStatusItem("lbsh.server", selector);
  const filter = vscode.languages.createLanguageStatusItem("lbsh.backend", selector);
  life.name = "Language Server";
  filter.name = "Packet Filter";
  const showFilter = (): void => {
    const { backend, target } = settings();
    filter.text = backend === null ? "no packet filter chosen" : `checked for ${[backend, target ?? ""].join(" ")}`;
    filter.command = { title: "Choose", command: "lbsh.chooseBackend" };
  };
  showFilter();
  showLife(life, { kind: "stopped" });
  return vscode.Disposable.from(
    life,
    filter,
    server.onChange((state) => showLife(life, state)),
    vscode.workspace.onDidChangeConfiguration((change) => change.affectsConfiguration("lbsh") && showFilter()),
  );
}

function showLife(item: vscode.LanguageStatusItem, state: State): void {
  item.busy = state.kind === "starting";
  item.severity =
    state.kind === "failed" ? vscode.LanguageStatusSeverity.Error : vscode.LanguageStatusSeverity.Information;
  item.text = state.kind === "running" ? `lbsh ${state.version}` : `lbsh: ${state.kind}`;
  item.detail = state.kind === "running" ? state.path : state.kind === "failed" ? state.reason : "";
  item.command = { title: "Restart", command: "lbsh.restartServer" };
}
