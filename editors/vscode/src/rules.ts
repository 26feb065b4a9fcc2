/** The rules of a packet filter beside the script, and the choice of that filter. */

import * as path from "node:path";
import * as vscode from "vscode";
import { ask } from "./asking.ts";
import { type Backend, RULES, type RulesQuestion, rulesQuestionOf } from "./protocol.ts";
import type { Server } from "./server.ts";
import { choose, settings } from "./settings.ts";
import { Views } from "./views.ts";

export function rulesViews(server: Server): Views<RulesQuestion> {
  return new Views<RulesQuestion>({
    scheme: "lbsh-rules",
    old: "these rules are from before",
    parse: rulesQuestionOf,
    title: ({ uri, backend, target }) =>
      `${path.posix.basename(vscode.Uri.parse(uri).path)} · ${target === null ? backend : `${backend} ${target}`}`,
    ask: (question, token) => ask(server, RULES, question, token),
  });
}

/** Shows the rules of the filter that is set; if none is, of one that the user picks. */
export async function showRules(server: Server, views: Views<RulesQuestion>, script: vscode.Uri): Promise<void> {
  const { backend, target } = settings();
  const chosen = backend === null ? await pick(await server.backends()) : { backend, target };
  if (chosen) {
    await views.open({ uri: script.toString(), ...chosen });
  }
}

/** Sets the packet filter whose limits are checked. */
export async function chooseBackend(server: Server): Promise<void> {
  const chosen = await pick(await server.backends(), { label: "None", description: "check no packet filter's limits" });
  if (chosen) {
    await choose(chosen.backend, chosen.target ?? "");
  }
}

interface Choice extends vscode.QuickPickItem {
  readonly backend?: string;
  readonly target?: string | null;
}

async function pick(
  backends: readonly Backend[],
  ...more: Choice[]
): Promise<{ backend: string; target: string | null } | undefined> {
  if (backends.length === 0) {
    void vscode.window.showWarningMessage("The language server of lbsh is not running, so no packet filter is known.");
    return undefined;
  }
  const title = "lbsh: packet filter";
  const placeHolder = "A packet filter, and its version where that matters";
  const picked = await vscode.window.showQuickPick<Choice>([...backends.flatMap(choicesOf), ...more], {
    title,
    placeHolder,
    matchOnDescription: true,
  });
  return picked && { backend: picked.backend ?? "", target: picked.target ?? null };
}

/** One choice; one for each version where there are several. */
function choicesOf({ name, title, targets }: Backend): readonly Choice[] {
  if (targets.length < 2) {
    return [{ label: name, description: title, backend: name, target: null }];
  }
  return targets.map((target) => ({ label: `${name} ${target}`, description: title, backend: name, target }));
}
