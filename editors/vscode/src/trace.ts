/** What becomes of a packet, beside the script. */

import * as vscode from "vscode";
import { ask } from "./asking.ts";
import { faultOfDestination, faultOfSource } from "./packet.ts";
import { type Protocol, TRACE, type TraceQuestion, traceQuestionOf } from "./protocol.ts";
import type { Server } from "./server.ts";
import { Views } from "./views.ts";

type Packet = Omit<TraceQuestion, "uri">;

const LAST = "packet";

export function traceViews(server: Server): Views<TraceQuestion> {
  return new Views<TraceQuestion>({
    scheme: "lbsh-trace",
    old: "this answer is from before",
    parse: traceQuestionOf,
    title: ({ proto, from, to }) => `${proto} ${from} to ${to}`,
    ask: (question, token) => ask(server, TRACE, question, token),
  });
}

/** Asks for a packet, beginning with the last one, and shows what becomes of it. */
export async function tracePacket(
  views: Views<TraceQuestion>,
  script: vscode.Uri,
  memory: vscode.Memento,
): Promise<void> {
  const packet = await askPacket(lastPacket(memory));
  if (packet) {
    await memory.update(LAST, packet);
    await views.open({ uri: script.toString(), ...packet });
  }
}

function lastPacket(memory: vscode.Memento): Packet {
  const last = traceQuestionOf({ ...Object(memory.get(LAST)), uri: "" });
  return last ?? { proto: "tcp", from: "", to: "" };
}

async function askPacket(last: Packet): Promise<Packet | undefined> {
  const from = await input(1, "From: IP or IP:PORT", "203.0.113.9", last.from, faultOfSource);
  if (from === undefined) {
    return undefined;
  }
  const check = (text: string): string | undefined => faultOfDestination(text, from);
  const to = await input(2, "To: IP:PORT", "192.0.2.1:80", last.to, check);
  if (to === undefined) {
    return undefined;
  }
  const protocols: Protocol[] = last.proto === "udp" ? ["udp", "tcp"] : ["tcp", "udp"];
  const proto = await vscode.window.showQuickPick(protocols, { title: titleOf(3), placeHolder: "Protocol" });
  return proto === "tcp" || proto === "udp" ? { proto, from, to } : undefined;
}

async function input(
  step: number,
  prompt: string,
  placeHolder: string,
  value: string,
  validateInput: (text: string) => string | undefined,
): Promise<string | undefined> {
  const given = await vscode.window.showInputBox({
    title: titleOf(step),
    prompt,
    placeHolder,
    value,
    validateInput,
    ignoreFocusOut: true,
  });
  return given?.trim();
}

function titleOf(step: number): string {
  return `lbsh: trace a packet (${step}/3)`;
}
