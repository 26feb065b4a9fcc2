/** What editor and server say to each other beyond the protocol. Answers come from outside: they are looked at, not trusted. */

/** A packet filter that the server has rules for. */
export interface Backend {
  readonly name: string;
  readonly title: string;
  readonly targets: readonly string[];
}

/** Which rules of which script. */
export interface RulesQuestion {
  readonly uri: string;
  readonly backend: string;
  readonly target: string | null;
}

/** What a script does to which packet. */
export interface TraceQuestion {
  readonly uri: string;
  readonly proto: Protocol;
  readonly from: string;
  readonly to: string;
  /** The interface by which the packet comes in, if that is known. */
  readonly in?: string;
}

export type Protocol = "tcp" | "udp";

/** A text to show, or a sentence that says why there is none. */
export type Answer = { readonly text: string } | { readonly fault: string };

export const RULES = "lbsh.showRules";
export const TRACE = "lbsh.trace";

/** The packet filters that a server offered when it came up. */
export function backendsOf(experimental: unknown): readonly Backend[] {
  const listed = field(field(experimental, "lbsh"), "backends");
  return Array.isArray(listed) ? listed.flatMap(backendOf) : [];
}

/** What a server answered. */
export function answerOf(result: unknown): Answer {
  const text = field(result, "text");
  const fault = field(result, "fault");
  if (typeof fault === "string" && fault !== "") {
    return { fault };
  }
  return typeof text === "string" ? { text } : { fault: "the server's answer makes no sense" };
}

/** A question about rules, from a command's arguments or from an address; undefined if it is none. */
export function rulesQuestionOf(value: unknown): RulesQuestion | undefined {
  const [uri, backend, target] = ["uri", "backend", "target"].map((name) => field(value, name));
  if (typeof uri !== "string" || typeof backend !== "string") {
    return undefined;
  }
  return { uri, backend, target: typeof target === "string" ? target : null };
}

/** A question about a packet; undefined if it is none. */
export function traceQuestionOf(value: unknown): TraceQuestion | undefined {
  const [uri, proto, from, to, by] = ["uri", "proto", "from", "to", "in"].map((name) => field(value, name));
  if (typeof uri !== "string" || typeof from !== "string" || typeof to !== "string") {
    return undefined;
  }
  if (proto !== "tcp" && proto !== "udp") {
    return undefined;
  }
  return { uri, proto, from, to, ...(typeof by === "string" && by !== "" ? { in: by } : {}) };
}

/** The interfaces by which the packet of an answer may come in, if the answer depends on which of them it is. */
export function interfacesOf(result: unknown): readonly string[] {
  const listed = field(result, "interfaces");
  return Array.isArray(listed) ? listed.filter((one) => typeof one === "string") : [];
}

function backendOf(value: unknown): readonly Backend[] {
  const [name, title, targets] = ["name", "title", "targets"].map((one) => field(value, one));
  if (typeof name !== "string") {
    return [];
  }
  const known = Array.isArray(targets) ? targets.filter((one) => typeof one === "string") : [];
  return [{ name, title: typeof title === "string" ? title : name, targets: known }];
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
