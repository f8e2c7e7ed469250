// Does everything the npm client `memcached` offers, on the server whose port is the argument.
// Exits with an error at the first result that is not the expected one.

const assert = require("node:assert/strict");
const { setTimeout: pause } = require("node:timers/promises");
const { promisify } = require("node:util");
const Memcached = require("memcached");

const LIFETIME = 1000;

function connect(port) {
  const client = new Memcached(`127.0.0.1:${port}`, { retries: 0, timeout: 30000 });
  const names = ["set", "get", "gets", "getMulti", "add", "replace", "append", "prepend", "cas",
    "incr", "decr", "touch", "del", "flush", "version", "stats"];
  const call = Object.fromEntries(names.map((name) => [name, promisify(client[name]).bind(client)]));
  return { ...call, end: () => client.end() };
}

async function values(client) {
  assert.equal(await client.get("missing"), undefined);
  assert.equal(await client.set("text", "value", LIFETIME), true);
  assert.equal(await client.get("text"), "value");
  await client.set("empty", "", LIFETIME);
  assert.equal(await client.get("empty"), "");
  await client.set("lines", "a\r\nEND\r\nb", LIFETIME);
  assert.equal(await client.get("lines"), "a\r\nEND\r\nb");
  await client.set("object", { list: [1, 2, 3], name: "ü" }, LIFETIME);
  assert.deepEqual(await client.get("object"), { list: [1, 2, 3], name: "ü" });
  const large = "0123456789".repeat(100_000);
  await client.set("large", large, LIFETIME);
  assert.equal(await client.get("large"), large);
}

async function conditionalStores(client) {
  assert.equal(await client.add("added", "1", LIFETIME), true);
  await assert.rejects(client.add("added", "2", LIFETIME));
  assert.equal(await client.replace("added", "3", LIFETIME), true);
  await assert.rejects(client.replace("missing", "3", LIFETIME));
  assert.equal(await client.append("added", "4"), true);
  assert.equal(await client.prepend("added", "2"), true);
  assert.equal(await client.get("added"), "234");
}

async function cas(client) {
  await client.set("unique", "old", LIFETIME);
  const { cas: unique } = await client.gets("unique");
  assert.equal(await client.cas("unique", "new", unique, LIFETIME), true);
  assert.equal(await client.cas("unique", "newer", unique, LIFETIME), false);
  assert.equal(await client.get("unique"), "new");
}

async function numbers(client) {
  await client.set("number", 10, LIFETIME);
  assert.equal(await client.incr("number", 5), 15);
  assert.equal(await client.decr("number", 6), 9);
  assert.equal(await client.get("number"), 9);
  assert.equal(await client.decr("number", 100), 0);
  assert.equal(await client.incr("missing", 1), false);
}

async function manyKeys(client) {
  const expected = {};
  for (let number = 0; number < 200; ++number) expected[`many-${number}`] = `value ${number}`;
  const stored = Object.entries(expected).map(([key, value]) => client.set(key, value, LIFETIME));
  await Promise.all(stored);
  assert.deepEqual({ ...(await client.getMulti([...Object.keys(expected), "missing"])) }, expected);
}

async function lifetimes(client) {
  await client.set("short", "1", LIFETIME);
  assert.equal(await client.touch("short", LIFETIME), true);
  assert.equal(await client.touch("missing", LIFETIME), false);
  assert.equal(await client.del("short"), true);
  assert.equal(await client.del("short"), false);
}

async function expiry(client) {
  await client.set("fleeting", "1", 1);
  while ((await client.get("fleeting")) !== undefined) await pause(20);
}

async function flush(client) {
  await client.set("flushed", "1", LIFETIME);
  assert.deepEqual(await client.flush(), [true]);
  assert.equal(await client.get("flushed"), undefined);
}

async function aboutTheServer(client) {
  const [version] = await client.version();
  assert.match(version.version, /^\d+\.\d+\.\d+/);
  const [stats] = await client.stats();
  assert.ok(stats.cmd_set > 0);
}

async function main() {
  const client = connect(process.argv[2]);
  const parts = { values, "conditional stores": conditionalStores, cas, numbers,
    "many keys": manyKeys, lifetimes, expiry, flush, "about the server": aboutTheServer };
  for (const [name, part] of Object.entries(parts)) {
    await part(client);
    console.log(`${name}: as expected`);
  }
  client.end();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
