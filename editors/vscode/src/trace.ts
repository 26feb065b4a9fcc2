/** What becomes of a packet, beside the script. */

import * as vscode from "vscode";
import { ask, askInterfaces } from "./asking.ts";
import { faultOfDestination, faultOfSource } from "./packet.ts";
import { type Protocol, TRACE, type TraceQuestion, traceQuestionOf } from "./protocol.ts";
import type { Server } from "./server.ts";
import { Views } from "./views.ts";

type Packet = Omit<TraceQuestion, "uri" | "in">;

const LAST = "packet";
const ANY = "any of them";

export function traceViews(server: Server): Views<TraceQuestion> {
  return new Views<TraceQuestion>({
    scheme: "lbsh-trace",
    old: "this answer is from before",
    parse: traceQuestionOf,
    title: ({ proto, from, to, in: by }) => `${proto} ${from} to ${to}${by === undefined ? "" : ` by ${by}`}`,
    ask: (question, token) => ask(server, TRACE, question, token),
  });
}

/** Asks for a packet, beginning with the last one, and shows what becomes of it. */
export async function tracePacket(
  server: Server,
  views: Views<TraceQuestion>,
  script: vscode.Uri,
  memory: vscode.Memento,
): Promise<void> {
  const packet = await askPacket(lastPacket(memory));
  if (packet) {
    await memory.update(LAST, packet);
    const question = await withInterface(server, { uri: script.toString(), ...packet });
    if (question) {
      await views.open(question);
    }
  }
}

/** The question with the interface of the packet, if the answer depends on it and the user knows it. */
async function withInterface(server: Server, question: TraceQuestion): Promise<TraceQuestion | undefined> {
  const names = await askInterfaces(server, question);
  if (names.length === 0) {
    return question;
  }
  const title = "lbsh: trace a packet: its interface";
  const placeHolder = "The answer depends on the interface by which the packet comes in";
  const chosen = await vscode.window.showQuickPick([...names, ANY], { title, placeHolder, ignoreFocusOut: true });
  if (chosen === undefined) {
    return undefined;
  }
  return chosen === ANY ? question : { ...question, in: chosen };
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
