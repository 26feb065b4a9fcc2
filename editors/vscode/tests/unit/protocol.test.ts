import assert from "node:assert/strict";
import { test } from "node:test";
import { answerOf, backendsOf, interfacesOf, rulesQuestionOf, traceQuestionOf } from "../../src/protocol.ts";

test("backends of a server", () => {
  const pf = { name: "pf", title: "PF", targets: ["freebsd-14", "freebsd-15"] };
  assert.deepEqual(backendsOf({ lbsh: { backends: [pf, { name: "x" }, { title: "no name" }, 7] } }), [
    pf,
    { name: "x", title: "x", targets: [] },
  ]);
  for (const none of [undefined, null, {}, { lbsh: 1 }, { lbsh: { backends: "pf" } }]) {
    assert.deepEqual(backendsOf(none), []);
  }
});

test("answers", () => {
  assert.deepEqual(answerOf({ text: "rules", fault: null }), { text: "rules" });
  assert.deepEqual(answerOf({ text: "", fault: null }), { text: "" });
  assert.deepEqual(answerOf({ text: "", fault: "an error" }), { fault: "an error" });
  assert.deepEqual(answerOf({ text: null, fault: "an error" }), { fault: "an error" });
  assert.ok("fault" in answerOf(null));
});

test("questions that somebody made up are none", () => {
  assert.deepEqual(rulesQuestionOf({ uri: "u", backend: "pf", target: 3 }), { uri: "u", backend: "pf", target: null });
  assert.equal(rulesQuestionOf({ uri: "u" }), undefined);
  assert.equal(rulesQuestionOf("u"), undefined);
  assert.equal(traceQuestionOf({ uri: "u", proto: "icmp", from: "a", to: "b" }), undefined);
  assert.deepEqual(traceQuestionOf({ uri: "u", proto: "udp", from: "a", to: "b", more: 1 }), {
    uri: "u",
    proto: "udp",
    from: "a",
    to: "b",
  });
});

test("the interface of a packet is part of the question where it is known", () => {
  const packet = { uri: "u", proto: "tcp", from: "a", to: "b" };
  assert.deepEqual(traceQuestionOf({ ...packet, in: "em0" }), { ...packet, in: "em0" });
  for (const none of ["", 7, null]) {
    assert.deepEqual(traceQuestionOf({ ...packet, in: none }), packet);
  }
});

test("interfaces on which an answer depends", () => {
  assert.deepEqual(interfacesOf({ text: "way", fault: null, interfaces: ["em0", "em3", 7] }), ["em0", "em3"]);
  for (const none of [null, {}, { interfaces: "em0" }, { text: null, fault: "an error" }]) {
    assert.deepEqual(interfacesOf(none), []);
  }
});
