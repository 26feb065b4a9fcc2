/** The grammar on whole scripts: every word of a sound one has a scope, and no line takes long. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";

const here = import.meta.dirname;
const require = createRequire(import.meta.url);
// Both are CommonJS, and say so in a way that only `require` understands.
const oniguruma = require("vscode-oniguruma") as typeof import("vscode-oniguruma");
const textmate = require("vscode-textmate") as typeof import("vscode-textmate");

interface Word {
  readonly text: string;
  readonly scopes: readonly string[];
}

const wasm = readFileSync(join(require.resolve("vscode-oniguruma"), "..", "onig.wasm"));
const loaded = oniguruma.loadWASM(new Uint8Array(wasm).buffer);
const path = join(here, "..", "..", "syntaxes", "lbsh.tmLanguage.json");
const registry = new textmate.Registry({
  onigLib: loaded.then(() => ({
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  })),
  loadGrammar: async () => textmate.parseRawGrammar(readFileSync(path, "utf8"), path),
});

async function words(script: string): Promise<readonly Word[]> {
  const grammar = await registry.loadGrammar("source.lbsh");
  assert(grammar);
  let state = textmate.INITIAL;
  return script.split("\n").flatMap((line) => {
    const result = grammar.tokenizeLine(line, state);
    state = result.ruleStack;
    return result.tokens.map((one) => ({ text: line.slice(one.startIndex, one.endIndex), scopes: one.scopes }));
  });
}

const examples = join(here, "..", "..", "..", "..", "examples");
for (const name of readdirSync(examples).filter((one) => one.endsWith(".lb"))) {
  test(`every word of ${name} has a scope`, async () => {
    const bare = (await words(readFileSync(join(examples, name), "utf8"))).filter(
      (one) => one.text.trim() !== "" && one.scopes.length === 1,
    );
    assert.deepEqual(bare, []);
  });
}

test("no statement goes on in the next line", async () => {
  const found = await words('include "a\nadd 192.168.1.2,\npool www');
  assert(found.find((one) => one.text === "add")?.scopes.includes("keyword.control.add.lbsh"));
  assert(found.find((one) => one.text === "pool")?.scopes.includes("keyword.control.pool.lbsh"));
});

test("a list as long as an editor looks at takes no time to speak of", async () => {
  const list = Array.from({ length: 1500 }, (_, number) => `10.0.${number >> 8}.${number & 255}`).join(", ");
  const began = performance.now();
  const found = await words(`add ${list} to www`);
  assert(performance.now() - began < 2000);
  assert(found.at(-1)?.scopes.includes("variable.other.pool.lbsh"));
});

test("a line of nothing but options takes no time to speak of", async () => {
  const began = performance.now();
  const found = await words(`probe W with http ${'secret file "x" get "y" '.repeat(800)}every 3s`);
  assert(performance.now() - began < 5000);
  assert(found.at(-1)?.scopes.includes("constant.numeric.duration.lbsh"));
});
