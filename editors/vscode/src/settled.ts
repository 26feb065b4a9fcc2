/** What a view shows while a script changes: the newest good text, and above it why it is not newer. Pure. */

import type { Answer } from "./protocol.ts";

export class Settled {
  private readonly old: string;
  private good: string | undefined;

  /** @param old what is said of the text when it is no longer new, such as "these rules are from before". */
  constructor(old: string) {
    this.old = old;
  }

  /** The text to show now that an answer has come. */
  after(answer: Answer): string {
    if ("text" in answer) {
      this.good = answer.text;
      return answer.text;
    }
    const fault = line(answer.fault);
    return this.good === undefined
      ? comment(fault)
      : [comment(`${fault};`), comment(this.old), "\n", this.good].join("");
  }
}

/** Words as comment lines of no more than 72 characters, as far as words are shorter than that. */
function comment(text: string): string {
  const lines = text.match(/\S.{0,69}(?=\s|$)|\S+/gu) ?? [];
  return lines.map((one) => `# ${one}\n`).join("");
}

/** One line of plain text, whatever is in it: it stands in a comment. */
function line(text: string): string {
  return text
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ")
    .trim()
    .replace(/\.$/, "");
}
