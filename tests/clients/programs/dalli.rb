# Does everything the Ruby client `dalli` offers, in the binary protocol, on the server whose port is
# the argument. Exits with an error at the first result that is not the expected one.

require "dalli"
Dalli.logger.level = Logger::ERROR

LIFETIME = 1000
PATIENCE = 60
RAW = { raw: true }
LARGE = ((0..255).to_a * 4000).pack("C*")

def expect(expected, found)
  return if expected == found

  raise "expected #{expected.inspect[0, 200]}, found #{found.inspect[0, 200]}"
end

# Stores that were refused return the CAS unique of no item, or nothing.
def expect_refused(found)
  expect(true, [nil, false, 0].include?(found))
end

def values(client)
  expect(nil, client.get("missing"))
  ["value", "", "a\r\nEND\r\n\0\xff".b, LARGE].each do |value|
    client.set("key", value, LIFETIME, RAW)
    expect(value, client.get("key", RAW).b)
  end
  client.set("object", { "list" => [1, 2, 3], "name" => "ü" })
  expect({ "list" => [1, 2, 3], "name" => "ü" }, client.get("object"))
  expect("made", client.fetch("fetched", LIFETIME) { "made" })
  expect("made", client.fetch("fetched", LIFETIME) { raise "it was there" })
end

def a_value_too_large(client)
  client.set("large", "before", LIFETIME, RAW)
  refused =
    begin
      client.set("large", "x" * 1_100_000, LIFETIME, RAW)
    rescue Dalli::DalliError, Dalli::ValueOverMaxSize => e
      e.message
    end
  raise "stored #{refused.inspect}" unless refused.to_s =~ /too large/i

  expect(nil, client.get("large", RAW))
end

def conditional_stores(client)
  expect_refused(client.replace("added", "1", LIFETIME, RAW))
  expect(true, client.add("added", "2", LIFETIME, RAW).positive?)
  expect_refused(client.add("added", "3", LIFETIME, RAW))
  expect(true, client.replace("added", "4", LIFETIME, RAW).positive?)
  expect(true, client.append("added", "5"))
  expect(true, client.prepend("added", "3"))
  expect_refused(client.append("missing", "5"))
  expect("345", client.get("added", RAW))
end

def cas(client)
  client.set("unique", "1")
  value, unique = client.get_cas("unique")
  expect("1", value)
  renewed = client.set_cas("unique", "2", unique)
  expect(true, renewed > unique)
  expect_refused(client.set_cas("unique", "3", unique))
  expect(true, client.replace_cas("unique", "4", renewed).positive?)
  expect_refused(client.delete_cas("unique", renewed))
  expect({ "unique" => "4" }, client.get_multi_cas("unique", "none").transform_values(&:first))
  expect(true, client.cas("unique") { |old| old + "5" }.positive?)
  expect("45", client.get("unique"))
  expect(true, client.delete_cas("unique", client.get_cas("unique").last))
end

def numbers(client)
  expect(nil, client.incr("number", 5))
  expect(10, client.incr("number", 5, LIFETIME, 10))
  expect(15, client.incr("number", 5))
  expect(9, client.decr("number", 6))
  expect("9", client.get("number", RAW))
  expect(0, client.decr("number", 100))
  expect(2**63, client.incr("number", 2**63))
end

def many_keys(client)
  expected = (0...200).to_h { |number| ["many-#{number}", "value #{number}"] }
  expected.each { |key, value| client.set(key, value, LIFETIME) }
  expect(expected, client.get_multi(*expected.keys, "missing"))
end

def quiet_requests(client)
  client.multi do
    100.times { |number| client.set("quiet-#{number}", number.to_s, LIFETIME, RAW) }
    client.delete("quiet-98")
    client.add("quiet-99", "there already", LIFETIME, RAW)
    client.replace("quiet-97", "replaced", LIFETIME, RAW)
  end
  expect(["96", "replaced", nil, "99"], (96..99).map { |number| client.get("quiet-#{number}", RAW) })
end

def lifetimes(client)
  client.set("short", "1", LIFETIME)
  expect(true, client.touch("short", LIFETIME))
  expect(nil, client.touch("missing", LIFETIME))
  expect("1", client.gat("short", LIFETIME))
  expect(nil, client.gat("missing", LIFETIME))
  expect(true, client.delete("short"))
  expect_refused(client.delete("short"))
end

def expiry(client)
  client.set("fleeting", "1", 1)
  deadline = Time.now + PATIENCE
  until client.get("fleeting").nil?
    raise "still there" if Time.now > deadline

    sleep 0.02
  end
end

def flush(client)
  client.set("flushed", "1")
  expect([true], client.flush)
  expect(nil, client.get("flushed"))
end

def about_the_server(client)
  expect(true, client.version.values.first.match?(/^\d+\.\d+\.\d+/))
  expect(true, client.stats.values.first["cmd_set"].to_i.positive?)
  expect(true, client.stats(:settings).values.first.key?("maxconns"))
  expect(true, client.reset_stats.first)
end

client = Dalli::Client.new("127.0.0.1:#{ARGV[0]}", socket_timeout: PATIENCE, value_max_bytes: 2**21,
                                                   compress: false, username: ENV["CLIENT_USER"],
                                                   password: ENV["CLIENT_PASSWORD"])
%i[values a_value_too_large conditional_stores cas numbers many_keys quiet_requests lifetimes expiry
   flush about_the_server].each do |part|
  send(part, client)
  puts "#{part.to_s.tr('_', ' ')}: as expected"
end
client.close
