/** Processes that a test starts: each has its log, and is ended by its id. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { LONGEST } from "../limits.ts";

export class Running {
  readonly log: string;
  private readonly process: ChildProcess;
  private exited = false;

  constructor(program: string, given: readonly string[], log: string, environment: NodeJS.ProcessEnv) {
    this.log = log;
    const file = openSync(log, "a");
    // A group of its own, so that what it starts ends with it.
    this.process = spawn(program, given, { stdio: ["ignore", file, file], env: environment, detached: true });
    closeSync(file);
    this.process.on("exit", () => {
      this.exited = true;
    });
    this.process.on("error", () => {
      this.exited = true;
    });
  }

  get said(): string {
    return readFileSync(this.log, "utf8");
  }

  /** Waits for the end of the program, which must be a good one. */
  async succeeds(milliseconds: number): Promise<void> {
    await until(`the end of ${this.process.spawnfile}`, () => this.exited, milliseconds);
    if (this.process.exitCode !== 0) {
      throw new Error(`${this.process.spawnfile} failed: ${this.said}`);
    }
  }

  /** Waits for words in the log, and gives what a pattern says of them. */
  async says(pattern: RegExp, milliseconds: number): Promise<RegExpExecArray> {
    return until(
      `${pattern} in ${this.log}`,
      () => {
        if (this.exited) {
          throw new Error(`${this.process.spawnfile} ended early: ${this.said}`);
        }
        return pattern.exec(this.said);
      },
      milliseconds,
    );
  }

  async end(): Promise<void> {
    const id = this.process.pid;
    if (id === undefined || this.exited) {
      return;
    }
    const ended = once(this.process, "exit");
    process.kill(-id, "SIGTERM");
    const late = setTimeout(() => process.kill(-id, "SIGKILL"), 10_000);
    await ended;
    clearTimeout(late);
  }
}

type Nothing = false | null | undefined | "" | 0;

/** Looks until there is something, and gives it. */
export async function until<T>(
  what: string,
  look: () => T | Nothing | Promise<T | Nothing>,
  milliseconds = LONGEST,
): Promise<T> {
  const end = Date.now() + milliseconds;
  for (;;) {
    const found = await look();
    if (found) {
      return found;
    }
    if (Date.now() > end) {
      throw new Error(`waited ${milliseconds / 1000} s in vain for ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
