/**
 * Read-only documents beside a script, kept up to date while one types.
 *
 * What a document shows is in its address, so that the editor may close it and ask for it again.
 */

import * as vscode from "vscode";
import type { Answer } from "./protocol.ts";
import { Refresher } from "./refresher.ts";
import { Settled } from "./settled.ts";

const LANGUAGE = "lbsh-rules";

/** One kind of view. */
export interface Kind<Question> {
  readonly scheme: string;
  /** What is said of a text that could not be renewed. */
  readonly old: string;
  /** A question from an address, undefined where somebody else made that up. */
  parse(value: unknown): Question | undefined;
  /** What the tab is called. */
  title(question: Question): string;
  /** Puts the question to the server. A failure of any kind is a fault. */
  ask(question: Question, token: vscode.CancellationToken): Promise<Answer>;
}

interface Live {
  readonly refresher: Refresher;
  text: string | undefined;
}

export class Views<Question> implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly kind: Kind<Question>;
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly live = new Map<string, Live>();
  private readonly parts: vscode.Disposable[];

  constructor(kind: Kind<Question>) {
    this.kind = kind;
    this.parts = [
      vscode.workspace.registerTextDocumentContentProvider(kind.scheme, this),
      vscode.workspace.onDidCloseTextDocument((closed) => this.forget(closed)),
    ];
  }

  /** Opens the view beside the script; the cursor stays where it is. */
  async open(question: Question): Promise<void> {
    const path = `/${this.kind.title(question).replaceAll(/[/\\]/g, "_")}`;
    const uri = vscode.Uri.from({ scheme: this.kind.scheme, path, query: JSON.stringify(question) });
    this.live.get(uri.toString())?.refresher.touch();
    const opened = await vscode.workspace.openTextDocument(uri);
    const document =
      opened.languageId === LANGUAGE ? opened : await vscode.languages.setTextDocumentLanguage(opened, LANGUAGE);
    const viewColumn = vscode.ViewColumn.Beside;
    await vscode.window.showTextDocument(document, { viewColumn, preserveFocus: true, preview: false });
  }

  /** A script has changed, or the server: all that is shown is asked for anew. */
  touch(): void {
    for (const one of this.live.values()) {
      one.refresher.touch();
    }
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const known = this.live.get(uri.toString());
    if (known?.text !== undefined) {
      return known.text;
    }
    const question = this.kind.parse(parsed(uri.query));
    if (question === undefined) {
      return "# this address names no script\n";
    }
    const live = known ?? this.begin(uri, question);
    await live.refresher.now();
    return live.text ?? "";
  }

  dispose(): void {
    for (const one of [...this.live.values()].map((live) => live.refresher)) {
      one.dispose();
    }
    vscode.Disposable.from(...this.parts, this.changed).dispose();
  }

  private begin(uri: vscode.Uri, question: Question): Live {
    const settled = new Settled(this.kind.old);
    const ask = async (signal: AbortSignal): Promise<string> => {
      const source = new vscode.CancellationTokenSource();
      signal.addEventListener("abort", () => source.cancel());
      return settled.after(await this.kind.ask(question, source.token));
    };
    const show = (text: string): void => {
      if (live.text !== text) {
        live.text = text;
        this.changed.fire(uri);
      }
    };
    const live: Live = { refresher: new Refresher(ask, show), text: undefined };
    this.live.set(uri.toString(), live);
    return live;
  }

  private forget(closed: vscode.TextDocument): void {
    // A change of language closes a document and opens it again at once: it is still wanted then.
    const name = closed.uri.toString();
    setTimeout(() => {
      if (!vscode.workspace.textDocuments.some((one) => one.uri.toString() === name)) {
        this.live.get(name)?.refresher.dispose();
        this.live.delete(name);
      }
    });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
