import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Refresher } from "../../src/refresher.ts";

/** Questions that wait to be answered, and what was shown. */
class Server {
  readonly shown: string[] = [];
  readonly waiting: { answer(text: string): void; signal: AbortSignal }[] = [];
  readonly refresher = new Refresher(
    (signal) => new Promise((answer) => this.waiting.push({ answer, signal })),
    (text) => this.shown.push(text),
  );

  async answer(number: number, text: string): Promise<void> {
    this.waiting[number]?.answer(text);
    await Promise.resolve().then(() => undefined);
  }
}

test("asks once things are quiet", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const server = new Server();
  for (let times = 0; times < 5; times++) {
    server.refresher.touch();
    mock.timers.tick(100);
  }
  assert.equal(server.waiting.length, 0);
  mock.timers.tick(50);
  assert.equal(server.waiting.length, 1);
  mock.timers.reset();
});

test("shows the newest answer alone, whenever the others come", async () => {
  const server = new Server();
  void server.refresher.now();
  void server.refresher.now();
  assert.equal(server.waiting[0]?.signal.aborted, true);
  await server.answer(1, "new");
  await server.answer(0, "old");
  assert.deepEqual(server.shown, ["new"]);
});

test("shows nothing once it is disposed of", async () => {
  const server = new Server();
  void server.refresher.now();
  server.refresher.dispose();
  await server.answer(0, "late");
  assert.deepEqual(server.shown, []);
});
