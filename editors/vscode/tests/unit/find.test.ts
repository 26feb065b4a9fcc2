import assert from "node:assert/strict";
import { test } from "node:test";
import { candidates, findProgram, type Surroundings } from "../../src/find.ts";

const around: Surroundings = {
  setting: "",
  folders: ["/home/me/site"],
  trusted: true,
  environment: { PATH: "/usr/local/bin:/usr/bin" },
  home: "/home/ada",
  windows: false,
};

/** What is found if just these files are there. */
function found(changes: Partial<Surroundings>, ...files: string[]): string {
  const result = findProgram({ ...around, ...changes }, (file) => files.includes(file));
  return result.kind === "found" ? `${result.path} (${result.origin})` : result.reason;
}

const MINE = "/home/me/site/.venv/bin/lbsh";
const SYSTEM = "/usr/bin/lbsh";

test("the virtual environment of the workspace comes before PATH", () => {
  assert.equal(found({}, MINE, SYSTEM), `${MINE} (virtual environment of the workspace)`);
  assert.equal(
    found({}, "/home/me/site/venv/bin/lbsh"),
    "/home/me/site/venv/bin/lbsh (virtual environment of the workspace)",
  );
  assert.equal(found({}, SYSTEM), `${SYSTEM} (PATH)`);
  assert.equal(found({}), "The program lbsh was not found.");
});

test("the active environment comes between them", () => {
  const environment = { PATH: "/usr/bin", VIRTUAL_ENV: "/opt/env" };
  assert.equal(found({ environment }, "/opt/env/bin/lbsh", SYSTEM), "/opt/env/bin/lbsh (VIRTUAL_ENV)");
  assert.equal(found({ environment }, "/opt/env/bin/lbsh", MINE), `${MINE} (virtual environment of the workspace)`);
});

test("every folder of the workspace is looked at, in order", () => {
  const folders = ["/a", "/b"];
  assert.equal(found({ folders }, "/b/.venv/bin/lbsh"), "/b/.venv/bin/lbsh (virtual environment of the workspace)");
});

test("a setting counts alone", () => {
  const setting = "/opt/lbsh";
  assert.equal(found({ setting }, "/opt/lbsh", MINE), "/opt/lbsh (lbsh.path)");
  assert.equal(found({ setting }, MINE), "The setting lbsh.path names /opt/lbsh, which is not there.");
});

test("a setting may be a name, begin at home, or name the workspace", () => {
  assert.equal(found({ setting: "lbsh-next" }, "/usr/bin/lbsh-next"), "/usr/bin/lbsh-next (lbsh.path)");
  assert.equal(found({ setting: "~/bin/lbsh" }, "/home/ada/bin/lbsh"), "/home/ada/bin/lbsh (lbsh.path)");
  const setting = "${workspaceFolder}/env/bin/lbsh";
  assert.equal(found({ setting }, "/home/me/site/env/bin/lbsh"), "/home/me/site/env/bin/lbsh (lbsh.path)");
});

test("a folder whose name looks like a replacement is taken as it is", () => {
  const changes = { setting: "${workspaceFolder}/lbsh", folders: ["/a$&b"] };
  assert.equal(found(changes, "/a$&b/lbsh"), "/a$&b/lbsh (lbsh.path)");
});

test("a relative setting is refused: it would depend on where the editor runs", () => {
  const reason = "The setting lbsh.path names ./lbsh, which is neither an absolute path nor a name.";
  assert.equal(found({ setting: "./lbsh" }, "./lbsh", MINE), reason);
});

test("nothing of a folder that is not trusted is run", () => {
  const changes = {
    trusted: false,
    environment: { PATH: "/home/me/site/bin:.::/usr/bin", VIRTUAL_ENV: "/home/me/site/e" },
  };
  const hostile = [MINE, "/home/me/site/bin/lbsh", "lbsh", "./lbsh", "/home/me/site/e/bin/lbsh"];
  assert.equal(found(changes, ...hostile), "The program lbsh was not found.");
  assert.equal(found(changes, ...hostile, SYSTEM), `${SYSTEM} (PATH)`);
  const setting = "${workspaceFolder}/.venv/bin/lbsh";
  const reason = `The setting lbsh.path names ${setting}, which is in a folder that is not trusted.`;
  assert.equal(found({ ...changes, setting }, ...hostile), reason);
});

test("a folder beside the workspace with a longer name is not in it", () => {
  const changes = { trusted: false, environment: { PATH: "/home/me/site-tools" } };
  assert.equal(found(changes, "/home/me/site-tools/lbsh"), "/home/me/site-tools/lbsh (PATH)");
});

test("relative folders in PATH are passed over, trusted or not", () => {
  assert.equal(found({ environment: { PATH: "bin:.:" } }, "bin/lbsh", "lbsh"), "The program lbsh was not found.");
});

test("on Windows, programs and no scripts of the command interpreter", () => {
  const changes: Partial<Surroundings> = {
    windows: true,
    folders: ["C:\\site"],
    environment: { Path: "C:\\Tools;D:\\bin" },
    home: "C:\\Users\\ada",
  };
  const paths = candidates({ ...around, ...changes }).map((one) => one.path);
  assert.deepEqual(paths, [
    "C:\\site\\.venv\\Scripts\\lbsh.exe",
    "C:\\site\\venv\\Scripts\\lbsh.exe",
    "C:\\Tools\\lbsh.exe",
    "D:\\bin\\lbsh.exe",
  ]);
});

test("no PATH at all is no fault", () => {
  assert.equal(found({ environment: {} }), "The program lbsh was not found.");
});
