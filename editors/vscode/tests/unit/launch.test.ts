import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { failureOf, launch } from "../../src/launch.ts";
import { LONGEST } from "../limits.ts";

/** A program in a folder whose name a shell would stumble over. */
function program(text: string): { path: string; home: string } {
  const home = mkdtempSync(join(tmpdir(), "lbsh $(touch x) ; '"));
  const path = join(home, "lbsh");
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return { path, home };
}

test("starts the program with one argument, and keeps its last words", {
  skip: process.platform === "win32",
}, async () => {
  const { path, home } = program('echo "$# $1" >&2; exit 2');
  try {
    const launched = await launch(path, home);
    await launched.end(LONGEST);
    assert.equal(launched.lastWords(), "1 lsp\n");
    assert.equal(launched.process.exitCode, 2);
  } finally {
    rmSync(home, { recursive: true });
  }
});

test("makes an end of a program that does not end by itself", { skip: process.platform === "win32" }, async () => {
  const { path, home } = program("exec sleep 60");
  try {
    const launched = await launch(path, home);
    await launched.end(10);
    assert.equal(launched.process.signalCode, "SIGKILL");
  } finally {
    rmSync(home, { recursive: true });
  }
});

test("raises what the system says of a program that is none", async () => {
  await assert.rejects(launch(join(tmpdir(), "there is no such program"), tmpdir()), /ENOENT/);
});

test("words for a missing extra", () => {
  const words = "lbsh: the language server needs pygls, which is not installed: pip install 'lbsh[lsp]'\n";
  assert.deepEqual(failureOf("/bin/lbsh", words, new Error("closed")), {
    kind: "extra",
    message: "This lbsh came without its language server.",
  });
});

test("words for a program that knows no language server", () => {
  const words = "Usage: lbsh [OPTIONS] COMMAND\n\nError: No such command 'lsp'.\n";
  assert.match(failureOf("/bin/lbsh", words, undefined).message, /too old/);
});

test("words for anything else, without control characters", () => {
  assert.match(failureOf("/bin/lbsh", "boom\n\u001b[31mlast\u0007 words\n", undefined).message, /: last {2}words$/);
  assert.match(failureOf("/bin/lbsh", "", new Error("spawn EACCES")).message, /spawn EACCES/);
  assert.ok(failureOf("/bin/lbsh", "x".repeat(4000), undefined).message.length < 400);
});
