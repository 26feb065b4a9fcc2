/** Puts the parts together. What each does is in its own file. */

import * as vscode from "vscode";
import { RULES, type RulesQuestion, rulesQuestionOf, TRACE, type TraceQuestion, traceQuestionOf } from "./protocol.ts";
import { registerShowReferences } from "./references.ts";
import { chooseBackend, rulesViews, showRules } from "./rules.ts";
import { type Middleware, Server } from "./server.ts";
import { registerStatus } from "./status.ts";
import { tracePacket, traceViews } from "./trace.ts";
import type { Views } from "./views.ts";

let running: Server | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const output = vscode.window.createOutputChannel("lbsh", { log: true });
  const views: { rules?: Views<RulesQuestion>; trace?: Views<TraceQuestion> } = {};
  const server = new Server(output, clicked(views));
  const rules = rulesViews(server);
  const trace = traceViews(server);
  Object.assign(views, { rules, trace });
  running = server;
  context.subscriptions.push(
    output,
    server,
    rules,
    trace,
    registerStatus(server),
    registerShowReferences(() => server.client),
    command("lbsh.rules", (uri) => withScript(uri, (script) => showRules(server, rules, script))),
    command("lbsh.tracePacket", (uri) =>
      withScript(uri, (script) => tracePacket(server, trace, script, context.workspaceState)),
    ),
    command("lbsh.chooseBackend", () => chooseBackend(server)),
    command("lbsh.restartServer", () => server.restart()),
    command("lbsh.showLog", () => output.show()),
    ...watches(server, [rules, trace]),
  );
  void server.restart();
}

export async function deactivate(): Promise<void> {
  await running?.end();
}

/**
 * The client makes an editor's command of each command of the server. If one is clicked, in a code lens say, the question
 * is in its arguments, and the answer belongs into a view.
 */
function clicked(views: { rules?: Views<RulesQuestion>; trace?: Views<TraceQuestion> }): Middleware {
  return {
    executeCommand: async (name, given, next) => {
      const argument: unknown = given[0];
      const rules = name === RULES ? rulesQuestionOf(argument) : undefined;
      const trace = name === TRACE ? traceQuestionOf(argument) : undefined;
      if (rules) {
        return views.rules?.open(rules);
      }
      return trace ? views.trace?.open(trace) : next(name, given);
    },
  };
}

/** What makes a view ask anew, and what makes the server start anew. */
function watches(server: Server, views: readonly { touch(): void }[]): readonly vscode.Disposable[] {
  const touch = (): void => {
    for (const one of views) {
      one.touch();
    }
  };
  const files = vscode.workspace.createFileSystemWatcher("**/*.lb");
  return [
    files,
    files.onDidChange(touch),
    files.onDidCreate(touch),
    files.onDidDelete(touch),
    server.onChange(touch),
    vscode.workspace.onDidChangeTextDocument((change) => {
      if (change.document.languageId === "lbsh" && change.contentChanges.length > 0) {
        touch();
      }
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => server.restart()),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("lbsh.path")) {
        void server.restart();
      }
    }),
  ];
}

function command(name: string, run: (argument: unknown) => unknown): vscode.Disposable {
  return vscode.commands.registerCommand(name, run);
}

/** The script that a button was pressed for, or else the one that is edited. */
async function withScript(given: unknown, run: (script: vscode.Uri) => Promise<void>): Promise<void> {
  const active = vscode.window.activeTextEditor?.document;
  const script = given instanceof vscode.Uri ? given : active?.languageId === "lbsh" ? active.uri : undefined;
  if (script) {
    await run(script);
  } else {
    void vscode.window.showInformationMessage("Open a script (a file whose name ends in .lb) first.");
  }
}
