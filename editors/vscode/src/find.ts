/** Where the program `lbsh` may be. Pure: knows neither the editor nor the disk. */

import * as path from "node:path";

/** What decides, all of it given. */
export interface Surroundings {
  /** The setting `lbsh.path`; empty if it is not set. */
  readonly setting: string;
  /** Paths of the workspace's folders. */
  readonly folders: readonly string[];
  /** Whether the user trusts the workspace: its files may be run. */
  readonly trusted: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly windows: boolean;
}

export type Found =
  | { readonly kind: "found"; readonly path: string; readonly origin: Origin }
  | { readonly kind: "missing"; readonly reason: string };

/** In which place it was found, in words for the user. */
export type Origin = "lbsh.path" | "virtual environment of the workspace" | "VIRTUAL_ENV" | "PATH";

interface Candidate {
  readonly path: string;
  readonly origin: Origin;
}

/** The first candidate that exists. A setting that leads nowhere is said, not passed over. */
export function findProgram(around: Surroundings, exists: (file: string) => boolean): Found {
  const setting = around.setting.trim();
  if (setting !== "") {
    return fromSetting(setting, around, exists);
  }
  const found = candidates(around).find((one) => exists(one.path));
  return found ? { kind: "found", ...found } : { kind: "missing", reason: "The program lbsh was not found." };
}

/** All places without the setting, the nearest first. */
export function candidates(around: Surroundings): readonly Candidate[] {
  return [...ofWorkspace(around), ...ofActiveEnvironment(around), ...ofPath("lbsh", around)];
}

function fromSetting(setting: string, around: Surroundings, exists: (file: string) => boolean): Found {
  const named = `The setting lbsh.path names ${setting}, which`;
  const places = settingPlaces(setting, around);
  if (places === undefined) {
    return { kind: "missing", reason: `${named} is neither an absolute path nor a name.` };
  }
  const allowed = places.filter((place) => usable(flavourOf(around).dirname(place), around));
  if (places.length > 0 && allowed.length === 0) {
    return { kind: "missing", reason: `${named} is in a folder that is not trusted.` };
  }
  const found = allowed.find(exists);
  return found === undefined
    ? { kind: "missing", reason: `${named} is not there.` }
    : { kind: "found", path: found, origin: "lbsh.path" };
}

/** What a setting may mean; undefined where it depends on the folder that the editor happens to run in. */
function settingPlaces(setting: string, around: Surroundings): readonly string[] | undefined {
  const flavour = flavourOf(around);
  if (setting.includes("${workspaceFolder}")) {
    const places = around.folders.map((folder) => setting.replaceAll("${workspaceFolder}", () => folder));
    return places.map((place) => flavour.normalize(place));
  }
  const place = setting.replace(/^~(?=$|[/\\])/, () => around.home);
  if (flavour.isAbsolute(place)) {
    return [flavour.normalize(place)];
  }
  const isName = !/[/\\]/.test(place);
  return isName ? ofPath(place, around).map((one) => one.path) : undefined;
}

function ofWorkspace(around: Surroundings): readonly Candidate[] {
  if (!around.trusted) {
    return []; // what lies there would run as soon as somebody looks at a script
  }
  const environments = around.folders.flatMap((folder) =>
    [".venv", "venv"].map((name) => flavourOf(around).join(folder, name)),
  );
  return environments.map((one) => inEnvironment(one, "virtual environment of the workspace", around));
}

function ofActiveEnvironment(around: Surroundings): readonly Candidate[] {
  const place = around.environment["VIRTUAL_ENV"] ?? "";
  return usable(place, around) ? [inEnvironment(place, "VIRTUAL_ENV", around)] : [];
}

function ofPath(name: string, around: Surroundings): readonly Candidate[] {
  const flavour = flavourOf(around);
  const folders = pathOf(around).split(flavour.delimiter);
  return folders
    .filter((folder) => usable(folder, around))
    .map((folder) => ({ path: flavour.join(folder, programName(name, around)), origin: "PATH" }));
}

/** A relative folder would mean whichever one the editor runs in; one of a workspace counts only if that is trusted. */
function usable(folder: string, around: Surroundings): boolean {
  return flavourOf(around).isAbsolute(folder) && (around.trusted || !isInWorkspace(folder, around));
}

function isInWorkspace(folder: string, around: Surroundings): boolean {
  const flavour = flavourOf(around);
  return around.folders.some((one) => {
    const way = flavour.relative(one, folder);
    return way === "" || !(way === ".." || way.startsWith(`..${flavour.sep}`) || flavour.isAbsolute(way));
  });
}

function inEnvironment(environment: string, origin: Origin, around: Surroundings): Candidate {
  const folder = around.windows ? "Scripts" : "bin";
  return { path: flavourOf(around).join(environment, folder, programName("lbsh", around)), origin };
}

/** Only real programs on Windows: scripts of the command interpreter would need a shell. */
function programName(name: string, around: Surroundings): string {
  return around.windows && !name.toLowerCase().endsWith(".exe") ? `${name}.exe` : name;
}

/** Windows does not care how `Path` is spelt. */
function pathOf(around: Surroundings): string {
  const name = Object.keys(around.environment).find((one) =>
    around.windows ? one.toUpperCase() === "PATH" : one === "PATH",
  );
  return (name !== undefined && around.environment[name]) || "";
}

function flavourOf(around: Surroundings): path.PlatformPath {
  return around.windows ? path.win32 : path.posix;
}
