/** The language server's life: found, started, restarted, and said in plain words when it cannot be had. */

import { existsSync, statSync } from "node:fs";
import { homedir } from "node:os";
import * as vscode from "vscode";
import {
  State as ClientState,
  CloseAction,
  type CloseHandlerResult,
  ErrorAction,
  type ErrorHandler,
  type ErrorHandlerResult,
  LanguageClient,
  type LanguageClientOptions,
} from "vscode-languageclient/node";
import { type Found, findProgram } from "./find.ts";
import { failureOf, type Launched, launch } from "./launch.ts";
import { type Backend, backendsOf } from "./protocol.ts";
import { ShowsReferences } from "./references.ts";
import { settings } from "./settings.ts";
import { tellExtra, tellMissing, tellOther } from "./troubles.ts";

/** What happens to commands that the server names in the editor: code lenses and actions. */
export type Middleware = LanguageClientOptions["middleware"];

export type State =
  | { readonly kind: "starting" | "stopped" }
  | { readonly kind: "running"; readonly version: string; readonly path: string }
  | { readonly kind: "failed"; readonly reason: string };

export class Server implements vscode.Disposable {
  readonly output: vscode.LogOutputChannel;
  private readonly changed = new vscode.EventEmitter<State>();
  readonly onChange = this.changed.event;
  private readonly middleware: Middleware;
  private current: LanguageClient | undefined;
  private queue: Promise<void> = Promise.resolve();

  constructor(output: vscode.LogOutputChannel, middleware: Middleware) {
    this.output = output;
    this.middleware = middleware;
  }

  /** The client of a server that runs. */
  get client(): LanguageClient | undefined {
    return this.current?.isRunning() ? this.current : undefined;
  }

  /** The packet filters that the server has rules for, once it is up; none if it does not come up. */
  async backends(): Promise<readonly Backend[]> {
    await this.queue;
    return backendsOf(this.client?.initializeResult?.capabilities.experimental);
  }

  /** Starts the server, or ends the one that runs and starts another. One such thing happens at a time. */
  restart(): Promise<void> {
    this.queue = this.queue.then(() => this.stop()).then(() => this.start());
    return this.queue;
  }

  /** Ends the server. */
  end(): Promise<void> {
    this.queue = this.queue.then(() => this.stop());
    return this.queue;
  }

  dispose(): void {
    this.changed.dispose();
  }

  private async start(): Promise<void> {
    const found = findProgram(surroundings(), isFile);
    if (found.kind === "missing") {
      this.fail(found.reason);
      tellMissing(found.reason);
      return;
    }
    this.output.info(`starts ${found.path} lsp (${found.origin})`);
    this.changed.fire({ kind: "starting" });
    await this.run(found);
  }

  private async run(found: Found & { kind: "found" }): Promise<void> {
    let launched: Launched | undefined;
    const patience = new Patience(() => this.current === client);
    const client = new QuietClient(
      "lbsh",
      "lbsh",
      async () => {
        launched = await launch(found.path, homedir());
        return launched.process;
      },
      this.options(patience),
    );
    client.registerFeature(new ShowsReferences());
    this.current = client;
    try {
      await client.start();
      patience.isUp = client.isUp = true;
      client.onDidChangeState((change) => this.tell(client, change.newState, found.path));
      this.tell(client, ClientState.Running, found.path);
    } catch (error) {
      await this.abandon(client, launched);
      this.report(found.path, launched?.lastWords() ?? "", error);
    }
  }

  private tell(client: LanguageClient, state: ClientState, path: string): void {
    const version = client.initializeResult?.serverInfo?.version ?? "";
    this.changed.fire(
      state === ClientState.Running
        ? { kind: "running", version, path }
        : { kind: state === ClientState.Starting ? "starting" : "stopped" },
    );
  }

  private report(program: string, lastWords: string, error: unknown): void {
    const failure = failureOf(program, lastWords, error);
    this.fail(failure.message);
    if (failure.kind === "extra") {
      tellExtra(failure.message);
    } else {
      tellOther(failure.message, this.output);
    }
  }

  private fail(reason: string): void {
    this.output.error(reason);
    this.changed.fire({ kind: "failed", reason });
  }

  private async stop(): Promise<void> {
    const client = this.current;
    this.current = undefined;
    if (client) {
      await client.dispose(5000).catch((error: unknown) => this.output.warn(`the server ended badly: ${error}`));
      this.changed.fire({ kind: "stopped" });
    }
  }

  /** What is left of a client that did not come up. */
  private async abandon(client: LanguageClient, launched: Launched | undefined): Promise<void> {
    this.current = undefined;
    await launched?.end(1000);
    await client.dispose(1000).catch(() => undefined); // it says once more that it did not come up
  }

  private options(errorHandler: Patience): LanguageClientOptions {
    return {
      documentSelector: [
        { scheme: "file", language: "lbsh" },
        { scheme: "untitled", language: "lbsh" },
      ],
      initializationOptions: () => settings().forServer,
      synchronize: { configurationSection: "lbsh" },
      outputChannel: this.output,
      middleware: this.middleware ?? {},
      initializationFailedHandler: () => false, // `run` says it, once
      errorHandler,
    };
  }
}

/** A client that leaves it to others to say that it did not come up. */
class QuietClient extends LanguageClient {
  isUp = false;

  override error(message: string, data?: unknown, show?: boolean | "force"): void {
    super.error(message, data, this.isUp ? show : false);
  }
}

/** Starts a server that ends unasked again, but not one that never came up or keeps on ending. */
class Patience implements ErrorHandler {
  isUp = false;
  private readonly wanted: () => boolean;
  private readonly ends: number[] = [];

  constructor(wanted: () => boolean) {
    this.wanted = wanted;
  }

  error(): ErrorHandlerResult {
    return { action: ErrorAction.Continue };
  }

  closed(): CloseHandlerResult {
    if (!this.isUp || !this.wanted()) {
      return { action: CloseAction.DoNotRestart, handled: true };
    }
    this.ends.push(Date.now());
    const often = this.ends.filter((at) => at > Date.now() - 180_000).length > 4;
    const message = "The language server of lbsh ended five times in three minutes, and is left alone now.";
    return often ? { action: CloseAction.DoNotRestart, message } : { action: CloseAction.Restart };
  }
}

function surroundings(): Parameters<typeof findProgram>[0] {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return {
    setting: settings().path,
    folders: folders.filter((one) => one.uri.scheme === "file").map((one) => one.uri.fsPath),
    trusted: vscode.workspace.isTrusted,
    environment: process.env,
    home: homedir(),
    windows: process.platform === "win32",
  };
}

function isFile(file: string): boolean {
  return existsSync(file) && statSync(file).isFile();
}
