import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import net.spy.memcached.CASResponse;
import net.spy.memcached.CASValue;
import net.spy.memcached.ConnectionFactory;
import net.spy.memcached.ConnectionFactoryBuilder;
import net.spy.memcached.ConnectionFactoryBuilder.Protocol;
import net.spy.memcached.MemcachedClient;
import net.spy.memcached.transcoders.SerializingTranscoder;

/**
 * Does everything spymemcached offers, on the server whose port is the second argument; the first is
 * the protocol, text or binary. Exits with an error at the first result that is not the expected one.
 */
class Spymemcached {
  static final int LIFETIME = 1000;
  static final int PATIENCE = 60_000;

  interface Part {
    void run() throws Exception;
  }

  final MemcachedClient client;
  final boolean binary;

  Spymemcached(MemcachedClient client, boolean binary) {
    this.client = client;
    this.binary = binary;
  }

  static MemcachedClient connect(boolean binary, int port) throws Exception {
    var transcoder = new SerializingTranscoder(1 << 21);  // lets the server refuse what is too large
    transcoder.setCompressionThreshold(1 << 22);
    ConnectionFactory factory =
        new ConnectionFactoryBuilder()
            .setProtocol(binary ? Protocol.BINARY : Protocol.TEXT)
            .setOpTimeout(PATIENCE)
            .setTranscoder(transcoder)
            .setDaemon(true)
            .build();
    return new MemcachedClient(factory, List.of(new InetSocketAddress("127.0.0.1", port)));
  }

  static void expect(Object expected, Object found) {
    if (Objects.equals(expected, found)) return;
    throw new AssertionError("expected " + expected + ", found " + found);
  }

  boolean store(String key, Object value) throws Exception {
    return client.set(key, LIFETIME, value).get();
  }

  void values() throws Exception {
    expect(null, client.get("missing"));
    for (Object value : new Object[] {"value", "", "a\r\nEND\r\n\0ü", "x".repeat(1_000_000), 7L, true}) {
      expect(true, store("key", value));
      expect(value, client.get("key"));
    }
    var bytes = new byte[70_000];
    for (int place = 0; place < bytes.length; ++place) bytes[place] = (byte) place;
    store("key", bytes);
    expect(true, Arrays.equals(bytes, (byte[]) client.get("key")));
  }

  void aValueTooLarge() throws Exception {
    store("large", "before");
    boolean stored;
    try {
      stored = store("large", "x".repeat(1_100_000));
    } catch (java.util.concurrent.ExecutionException refused) {  // how text is answered
      stored = false;
    }
    expect(false, stored);
    expect(null, client.get("large"));
  }

  void conditionalStores() throws Exception {
    expect(false, client.replace("added", LIFETIME, "1").get());
    expect(true, client.add("added", LIFETIME, "2").get());
    expect(false, client.add("added", LIFETIME, "3").get());
    expect(true, client.replace("added", LIFETIME, "4").get());
    expect(true, client.append("added", "5").get());
    expect(true, client.prepend("added", "3").get());
    expect(false, client.append("missing", "5").get());
    expect("345", client.get("added"));
  }

  void cas() throws Exception {
    store("unique", "1");
    CASValue<Object> found = client.gets("unique");
    expect("1", found.getValue());
    expect(CASResponse.OK, client.cas("unique", found.getCas(), LIFETIME, "2"));
    expect(CASResponse.EXISTS, client.cas("unique", found.getCas(), LIFETIME, "3"));
    expect(CASResponse.NOT_FOUND, client.cas("missing", found.getCas(), LIFETIME, "3"));
    expect("2", client.get("unique"));
  }

  void numbers() throws Exception {
    expect(-1L, client.incr("number", 5));
    expect(10L, client.incr("number", 5, 10L, LIFETIME));
    expect(15L, client.incr("number", 5));
    expect(9L, client.decr("number", 6));
    expect("9", client.get("number"));
    expect(0L, client.decr("number", 100));
    expect(1L << 62, client.incr("number", 1L << 62));
  }

  void manyKeys() throws Exception {
    Map<String, Object> expected = new TreeMap<>();
    for (int number = 0; number < 500; ++number) expected.put("many-" + number, "value " + number);
    var pending = expected.entrySet().stream()
        .map(entry -> client.set(entry.getKey(), LIFETIME, entry.getValue())).toList();
    for (var reply : pending) expect(true, reply.get());
    var keys = new java.util.ArrayList<>(expected.keySet());
    keys.add("missing");
    expect(expected, new TreeMap<>(client.getBulk(keys)));
  }

  void lifetimes() throws Exception {
    store("short", "1");
    expect(true, client.touch("short", LIFETIME).get());
    expect(false, client.touch("missing", LIFETIME).get());
    if (binary) {  // spymemcached has no get-and-touch in text
      expect("1", client.getAndTouch("short", LIFETIME).getValue());
      expect(null, client.getAndTouch("missing", LIFETIME));
    }
    expect(true, client.delete("short").get());
    expect(false, client.delete("short").get());
  }

  void expiry() throws Exception {
    client.set("fleeting", 1, "1").get();
    long deadline = System.currentTimeMillis() + PATIENCE;
    while (client.get("fleeting") != null) {
      if (System.currentTimeMillis() > deadline) throw new AssertionError("still there");
      Thread.sleep(20);
    }
  }

  void flush() throws Exception {
    store("flushed", "1");
    expect(true, client.flush().get());
    expect(null, client.get("flushed"));
  }

  void aboutTheServer() {
    var version = client.getVersions().values().iterator().next();
    expect(true, version.matches("\\d+\\.\\d+\\.\\d+.*"));
    var stats = client.getStats().values().iterator().next();
    expect(true, Long.parseLong(stats.get("cmd_set")) > 0);
    expect(true, client.getStats("settings").values().iterator().next().containsKey("maxconns"));
  }

  void run(String name, Part part) throws Exception {
    part.run();
    System.out.println(name + ": as expected");
  }

  void runAll() throws Exception {
    run("values", this::values);
    run("a value too large", this::aValueTooLarge);
    run("conditional stores", this::conditionalStores);
    run("cas", this::cas);
    run("numbers", this::numbers);
    run("many keys", this::manyKeys);
    run("lifetimes", this::lifetimes);
    run("expiry", this::expiry);
    run("flush", this::flush);
    run("about the server", this::aboutTheServer);
  }

  public static void main(String[] arguments) throws Exception {
    boolean binary = arguments[0].equals("binary");
    var client = connect(binary, Integer.parseInt(arguments[1]));
    new Spymemcached(client, binary).runAll();
    client.shutdown();
  }
}
