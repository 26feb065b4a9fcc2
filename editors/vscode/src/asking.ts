/** Puts the two questions of this extension to the server. Whatever goes wrong is an answer that says so. */

import type * as vscode from "vscode";
import { ExecuteCommandRequest } from "vscode-languageclient/node";
import { type Answer, answerOf, type RulesQuestion, type TraceQuestion } from "./protocol.ts";
import type { Server } from "./server.ts";

export async function ask(
  server: Server,
  command: string,
  question: RulesQuestion | TraceQuestion,
  token: vscode.CancellationToken,
): Promise<Answer> {
  const client = server.client;
  if (!client) {
    return { fault: "the language server is not running" };
  }
  try {
    // Not through the editor's command of this name: what is clicked in the editor opens a view.
    return answerOf(await client.sendRequest(ExecuteCommandRequest.type, { command, arguments: [question] }, token));
  } catch (error) {
    return { fault: `the language server gave no answer: ${error instanceof Error ? error.message : String(error)}` };
  }
}
