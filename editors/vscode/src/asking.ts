/** Puts the questions of this extension to the server. Whatever goes wrong is an answer that says so. */

import * as vscode from "vscode";
import { type BaseLanguageClient, ExecuteCommandRequest } from "vscode-languageclient/node";
import { type Answer, answerOf, interfacesOf, type RulesQuestion, TRACE, type TraceQuestion } from "./protocol.ts";
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
    return answerOf(await send(client, command, question, token));
  } catch (error) {
    return { fault: `the language server gave no answer: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** The interfaces on which the answer about a packet depends; none if there is no answer, which the view then says. */
export async function askInterfaces(server: Server, question: TraceQuestion): Promise<readonly string[]> {
  const source = new vscode.CancellationTokenSource();
  try {
    return server.client ? interfacesOf(await send(server.client, TRACE, question, source.token)) : [];
  } catch {
    return [];
  } finally {
    source.dispose();
  }
}

/** Not through the editor's command of this name: what is clicked in the editor opens a view. */
function send(
  client: BaseLanguageClient,
  command: string,
  question: RulesQuestion | TraceQuestion,
  token: vscode.CancellationToken,
): Promise<unknown> {
  return client.sendRequest(ExecuteCommandRequest.type, { command, arguments: [question] }, token);
}
