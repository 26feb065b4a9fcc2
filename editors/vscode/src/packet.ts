/** A packet as the user types it. What an input box can say at once; names of ports are the server's to judge. */

import { isIP } from "node:net";

/** An address, with a port or without. */
export interface End {
  readonly address: string;
  readonly port: string | undefined;
}

/** Reads `IP`, `IP:PORT`, `[IP]:PORT`; undefined if it is none of them. */
export function parseEnd(text: string): End | undefined {
  const trimmed = text.trim();
  if (isIP(trimmed)) {
    return { address: trimmed, port: undefined };
  }
  const match = /^(?:\[(?<six>[^\]]*)\]|(?<four>[^:[\]]*))(?::(?<port>.*))?$/.exec(trimmed);
  const six = match?.groups?.["six"];
  const address = six ?? match?.groups?.["four"] ?? "";
  const isRight = six === undefined ? isIP(address) === 4 : isIP(address) === 6 && !address.includes("%");
  return match && isRight ? { address, port: match.groups?.["port"] } : undefined;
}

/** What is wrong with the source of a packet, in a sentence. */
export function faultOfSource(text: string): string | undefined {
  const end = parseEnd(text);
  return end
    ? faultOfPort(end.port)
    : "An address is expected, with a port or without: 203.0.113.9 or 203.0.113.9:40000.";
}

/** What is wrong with the destination of a packet that comes from a source, in a sentence. */
export function faultOfDestination(text: string, source: string): string | undefined {
  const end = parseEnd(text);
  if (!end) {
    return "An address and a port are expected: 192.0.2.1:80 or [2001:db8::1]:80.";
  }
  if (end.port === undefined) {
    const written = isIP(end.address) === 6 ? `[${end.address}]` : end.address;
    return `A port is missing: ${written}:80.`;
  }
  const from = parseEnd(source);
  if (from && isIP(from.address) !== isIP(end.address)) {
    return `The packet comes from ${from.address}, which is an address of the other family.`;
  }
  return faultOfPort(end.port);
}

function faultOfPort(port: string | undefined): string | undefined {
  if (port === undefined) {
    return undefined;
  }
  if (/^[0-9]+$/.test(port)) {
    const number = Number(port);
    return number >= 1 && number <= 65535 && !port.startsWith("0") ? undefined : "A port is a number from 1 to 65535.";
  }
  return /^[A-Za-z][A-Za-z0-9-]*$/.test(port)
    ? undefined
    : "A port is a number from 1 to 65535, or a name such as smtp.";
}
