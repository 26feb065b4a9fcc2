/** References behind a code lens: the server names them, the editor shows them. */

import * as vscode from "vscode";
import type { ClientCapabilities, LanguageClient, Location, Position, StaticFeature } from "vscode-languageclient/node";

const COMMAND = "lbsh.showReferences";

/** Tells the server that it may name the command in a code lens. */
export class ShowsReferences implements StaticFeature {
  fillClientCapabilities(capabilities: ClientCapabilities): void {
    capabilities.experimental = { ...capabilities.experimental, lbsh: { showReferences: true } };
  }

  initialize(): void {}

  getState(): { kind: "static" } {
    return { kind: "static" };
  }

  clear(): void {}
}

/** Registers the command. Its arguments are in the words of the protocol. */
export function registerShowReferences(client: () => LanguageClient | undefined): vscode.Disposable {
  return vscode.commands.registerCommand(COMMAND, async (uri: string, at: Position, locations: Location[]) => {
    const convert = client()?.protocol2CodeConverter;
    if (convert) {
      const found = locations.map((one) => convert.asLocation(one));
      const place = convert.asPosition(at);
      await vscode.commands.executeCommand("editor.action.showReferences", convert.asUri(uri), place, found);
    }
  });
}
