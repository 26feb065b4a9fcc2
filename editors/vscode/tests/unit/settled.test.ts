import assert from "node:assert/strict";
import { test } from "node:test";
import { Settled } from "../../src/settled.ts";

test("a good text is shown as it is", () => {
  assert.equal(new Settled("old").after({ text: "a rule\n" }), "a rule\n");
});

test("a fault keeps the good text, and says why it is not newer", () => {
  const settled = new Settled("these rules are from before");
  settled.after({ text: "a rule\n" });
  const expected = "# the script has an error;\n# these rules are from before\n\na rule\n";
  assert.equal(settled.after({ fault: "the script has an error." }), expected);
  assert.equal(settled.after({ fault: "the script has an error." }), expected);
  assert.equal(settled.after({ text: "another\n" }), "another\n");
});

test("without a good text the fault stands alone", () => {
  assert.equal(new Settled("old").after({ fault: "no server" }), "# no server\n");
});

test("a fault of many lines stays within its comment", () => {
  assert.equal(new Settled("old").after({ fault: "one\ntwo\u2028three\r\u001b[0m" }), "# one two three [0m\n");
});

test("a long fault is several lines, and a long word is one", () => {
  const shown = new Settled("old").after({ fault: `${"word ".repeat(40)}${"x".repeat(100)} end` });
  const lines = shown.trimEnd().split("\n");
  assert.equal(lines.length, 5);
  assert.ok(lines.every((one) => one.startsWith("# ")));
  assert.equal(lines.map((one) => one.slice(2)).join(" "), `${"word ".repeat(40)}${"x".repeat(100)} end`);
});
