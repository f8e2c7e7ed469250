// Does everything the npm client `memjs` offers, in the binary protocol, on the server whose port is
// the argument. Exits with an error at the first result that is not the expected one.

const assert = require("node:assert/strict");
const { setTimeout: pause } = require("node:timers/promises");
const { Client } = require("memjs");

const LIFETIME = { expires: 1000 };
const LARGE = Buffer.from(Array.from({ length: 1_000_000 }, (_, place) => place & 255));

async function expectValue(client, key, value) {
  const found = await client.get(key);
  assert.deepEqual(found.value && Buffer.from(found.value), value === null ? null : Buffer.from(value));
}

async function values(client) {
  await expectValue(client, "missing", null);
  for (const value of ["value", "", "a\r\nEND\r\n\0ü", LARGE]) {
    assert.equal(await client.set("key", value, LIFETIME), true);
    await expectValue(client, "key", value);
  }
  await client.set("k".repeat(250), "longest", LIFETIME);
  await expectValue(client, "k".repeat(250), "longest");
}

async function aValueTooLarge(client) {
  await client.set("large", "before", LIFETIME);
  await assert.rejects(client.set("large", Buffer.alloc(1_100_000), LIFETIME), /too large/i);
  await expectValue(client, "large", null);
}

async function conditionalStores(client) {
  assert.equal(await client.replace("added", "1", LIFETIME), false);
  assert.equal(await client.add("added", "2", LIFETIME), true);
  assert.equal(await client.add("added", "3", LIFETIME), false);
  assert.equal(await client.replace("added", "4", LIFETIME), true);
  assert.equal(await client.append("added", "5"), true);
  await assert.rejects(client.append("missing", "5"), /not stored/i);
  await expectValue(client, "added", "45");
  assert.equal(await client.prepend("added", "6"), true);  // sends Append, an error of memjs 1.3
  await expectValue(client, "added", "456");
}

async function numbers(client) {
  const counted = async (call) => (await call).value;
  assert.equal(await counted(client.increment("number", 5, { initial: 10 })), 10);
  assert.equal(await counted(client.increment("number", 5, { initial: 10 })), 15);
  assert.equal(await counted(client.decrement("number", 6, { initial: 10 })), 9);
  await expectValue(client, "number", "9");
  assert.equal(await counted(client.decrement("number", 100, { initial: 10 })), 0);
}

async function lifetimes(client) {
  await client.set("short", "1", LIFETIME);
  assert.equal(await client.touch("short", 1000), true);
  assert.equal(await client.touch("missing", 1000), false);
  assert.equal(await client.delete("short"), true);
  assert.equal(await client.delete("short"), false);
}

async function expiry(client) {
  await client.set("fleeting", "1", { expires: 1 });
  while ((await client.get("fleeting")).value !== null) await pause(20);
}

async function flush(client) {
  await client.set("flushed", "1", LIFETIME);
  const [done] = Object.values(await client.flush());
  assert.equal(done, true);
  await expectValue(client, "flushed", null);
}

async function aboutTheServer(client) {
  const stats = await new Promise((resolve, reject) =>
    client.stats((error, _server, found) => (error ? reject(error) : resolve(found))));
  assert.match(stats.version, /^\d+\.\d+\.\d+/);
  assert.ok(Number(stats.cmd_set) > 0);
}

async function main() {
  const logger = { log() {} };  // it logs what it also throws
  const { CLIENT_USER: username, CLIENT_PASSWORD: password } = process.env;  // often none
  const client = Client.create(`127.0.0.1:${process.argv[2]}`,
    { timeout: 60, retries: 0, logger, username, password });
  const parts = { values, "a value too large": aValueTooLarge,
    "conditional stores": conditionalStores, numbers, lifetimes, expiry, flush,
    "about the server": aboutTheServer };
  for (const [name, part] of Object.entries(parts)) {
    await part(client);
    console.log(`${name}: as expected`);
  }
  client.close();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
