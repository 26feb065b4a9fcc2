import assert from "node:assert/strict";
import { test } from "node:test";
import { faultOfDestination, faultOfSource, parseEnd } from "../../src/packet.ts";

test("ends of packets", () => {
  assert.deepEqual(parseEnd(" 192.0.2.1 "), { address: "192.0.2.1", port: undefined });
  assert.deepEqual(parseEnd("192.0.2.1:80"), { address: "192.0.2.1", port: "80" });
  assert.deepEqual(parseEnd("2001:db8::1"), { address: "2001:db8::1", port: undefined });
  assert.deepEqual(parseEnd("[2001:db8::1]:smtp"), { address: "2001:db8::1", port: "smtp" });
});

test("what is no end", () => {
  for (const text of [
    "",
    "web",
    "192.0.2:80",
    "192.0.2.256",
    "[192.0.2.1]:80",
    "2001:db8::1]:80",
    "[fe80::1%eth0]:80",
  ]) {
    assert.equal(parseEnd(text), undefined, text);
  }
});

test("a source needs no port", () => {
  assert.equal(faultOfSource("203.0.113.9"), undefined);
  assert.equal(faultOfSource("203.0.113.9:40000"), undefined);
  assert.match(faultOfSource("203.0.113.9:70000") ?? "", /from 1 to 65535/);
  assert.match(faultOfSource("203.0.113.9:") ?? "", /port/);
  assert.match(faultOfSource("here") ?? "", /An address is expected/);
});

test("a destination needs one, and a family in common with the source", () => {
  const source = "203.0.113.9";
  assert.equal(faultOfDestination("192.0.2.1:http", source), undefined);
  assert.equal(faultOfDestination("192.0.2.1:80", source), undefined);
  assert.match(faultOfDestination("192.0.2.1", source) ?? "", /A port is missing: 192\.0\.2\.1:80\./);
  assert.match(faultOfDestination("2001:db8::1", "2001:db8::2") ?? "", /\[2001:db8::1\]:80/);
  assert.match(faultOfDestination("[2001:db8::1]:80", source) ?? "", /other family/);
  assert.match(faultOfDestination("192.0.2.1:0", source) ?? "", /from 1 to 65535/);
});
