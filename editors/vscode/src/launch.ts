/** Starts `lbsh lsp`, and says in words why one ended before its time. Knows nothing of the editor. */

import { type ChildProcess, spawn } from "node:child_process";

/** How much of standard error is kept: its last words say what was wrong. */
const KEPT = 4000;

/** One start of the program. */
export interface Launched {
  readonly process: ChildProcess;
  /** What it said last on standard error. */
  lastWords(): string;
  /** Waits for its end, and for its last words; makes an end of it after some milliseconds. */
  end(milliseconds: number): Promise<void>;
}

/**
 * Starts the program, without a shell. Raises an error if it cannot be run at all.
 *
 * @param home where it runs: a folder of the user, for nothing in a workspace shall be found by chance.
 */
export async function launch(program: string, home: string): Promise<Launched> {
  const process = spawn(program, ["lsp"], { cwd: home, shell: false, windowsHide: true, stdio: "pipe" });
  let said = "";
  process.stderr.setEncoding("utf8");
  process.stderr.on("data", (text: string) => {
    said = (said + text).slice(-KEPT);
  });
  const closed = new Promise<void>((resolve) => process.once("close", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    process.once("spawn", resolve);
    process.once("error", reject);
  });
  process.on("error", () => undefined); // a later one, of a signal, shows as the end of the process
  process.stdin.on("error", () => undefined); // the end of the process says more than a broken pipe
  const end = async (milliseconds: number): Promise<void> => {
    const late = setTimeout(() => process.kill("SIGKILL"), milliseconds);
    await closed;
    clearTimeout(late);
  };
  return { process, lastWords: () => said, end };
}

export type Failure =
  | { readonly kind: "extra"; readonly message: string }
  | { readonly kind: "other"; readonly message: string };

/** Why a server did not come up. The words of `lbsh` itself are the best ones. */
export function failureOf(program: string, lastWords: string, error: unknown): Failure {
  const words = plain(lastWords).trim().split("\n").at(-1)?.trim() ?? "";
  if (/\blbsh\[\w+\]/.test(words)) {
    return { kind: "extra", message: "This lbsh came without its language server." };
  }
  if (/No such command/.test(words)) {
    return { kind: "other", message: `${program} is too old: it has no language server.` };
  }
  const reason = words || plain(error instanceof Error ? error.message : String(error));
  return { kind: "other", message: `The language server did not start (${program} lsp): ${shortened(reason)}` };
}

/** Without escape sequences and other characters that would not show. */
function plain(text: string): string {
  return text.replaceAll(/\u001b\[[0-9;]*[A-Za-z]/g, "").replaceAll(/[^\P{C}\n]/gu, " ");
}

function shortened(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
