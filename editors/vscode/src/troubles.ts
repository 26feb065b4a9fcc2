/** What is said when there is no language server, and what the user can do about it. Nothing here waits for an answer. */

import * as vscode from "vscode";

const INSTALL = "pip install 'lbsh[lsp]'";
const SETTINGS = "Open Settings";
const COPY = "Copy Command";
const LOG = "Show Log";
const RETRY = "Try Again";

/** There is no program. */
export function tellMissing(reason: string): void {
  const message = `${reason} Colours and snippets work; faults, completion and rules need it. Install it: ${INSTALL}`;
  void tell(message, [COPY, SETTINGS, RETRY]);
}

/** There is a program, which lacks the language server. */
export function tellExtra(message: string): void {
  void tell(`${message} Install it: ${INSTALL}`, [COPY, SETTINGS, RETRY]);
}

/** Something else is wrong; the log says more. */
export function tellOther(message: string, log: vscode.LogOutputChannel): void {
  void tell(message, [LOG, SETTINGS, RETRY], log);
}

async function tell(message: string, buttons: readonly string[], log?: vscode.LogOutputChannel): Promise<void> {
  const button = await vscode.window.showErrorMessage(message, ...buttons);
  if (button === SETTINGS) {
    await vscode.commands.executeCommand("workbench.action.openSettings", "lbsh.path");
  } else if (button === COPY) {
    await vscode.env.clipboard.writeText(INSTALL);
  } else if (button === RETRY) {
    await vscode.commands.executeCommand("lbsh.restartServer");
  } else if (button === LOG) {
    log?.show();
  }
}
