/**
 * One text that is asked for again and again: once things are quiet for a moment, and of several answers the newest.
 *
 * Knows neither what is asked nor who shows the text.
 */

/** Gives the text. It never fails: a failure is a text too. `signal` says that a newer question has come. */
export type Ask = (signal: AbortSignal) => Promise<string>;

export class Refresher {
  private readonly ask: Ask;
  private readonly show: (text: string) => void;
  private readonly quiet: number;
  private timer: NodeJS.Timeout | undefined;
  private asking: AbortController | undefined;

  constructor(ask: Ask, show: (text: string) => void, quiet = 150) {
    this.ask = ask;
    this.show = show;
    this.quiet = quiet;
  }

  /** Something has changed: asks when nothing more comes for `quiet` milliseconds. */
  touch(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.now(), this.quiet);
  }

  /** Asks at once. An answer to an earlier question is of no interest any more. */
  async now(): Promise<void> {
    clearTimeout(this.timer);
    this.asking?.abort();
    const mine = new AbortController();
    this.asking = mine;
    const text = await this.ask(mine.signal);
    if (!mine.signal.aborted) {
      this.show(text);
    }
  }

  /** Asks no more, and shows nothing of what is still on its way. */
  dispose(): void {
    clearTimeout(this.timer);
    this.asking?.abort();
  }
}
