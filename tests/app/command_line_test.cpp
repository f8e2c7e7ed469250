#include "app/command_line.hpp"

#include "server/platform/resource_limits.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Arguments = std::vector<const char*>;

CommandLine accept(const Arguments& arguments) {
  auto result = parse_command_line(arguments);
  if (const auto* answer = std::get_if<EarlyExit>(&result)) {
    ADD_FAILURE() << answer->text;
    return {};
  }
  return std::get<CommandLine>(std::move(result));
}

server::Settings settings(const Arguments& arguments) {
  return accept(arguments).settings;
}

EarlyExit answer(const Arguments& arguments) {
  auto result = parse_command_line(arguments);
  if (auto* found = std::get_if<EarlyExit>(&result)) return *found;
  ADD_FAILURE() << "accepted";
  return {};
}

void expect_mistake(const Arguments& arguments, const std::string& text) {
  const auto result = answer(arguments);
  EXPECT_EQ(result.exit_code, 64);
  EXPECT_THAT(result.text, HasSubstr(text));
}

TEST(CommandLine, HasMemcachedsDefaults) {
  const auto line = accept({});
  EXPECT_EQ(line.settings.port, 11211);
  EXPECT_EQ(line.settings.threads, std::min(4U, server::available_cpus()));
  EXPECT_EQ(line.settings.memory_limit, std::size_t{64} << 20);
  EXPECT_TRUE(line.settings.http);
  EXPECT_THAT(line.warnings, IsEmpty());
}

TEST(CommandLine, TakesValuesInEveryForm) {
  const auto mebibytes = [](std::size_t n) { return n << 20; };
  EXPECT_EQ(settings({"-m", "128"}).memory_limit, mebibytes(128));
  EXPECT_EQ(settings({"-m128"}).memory_limit, mebibytes(128));
  EXPECT_EQ(settings({"-m 8192"}).memory_limit, mebibytes(8192));
  EXPECT_EQ(settings({"--memory-limit=128"}).memory_limit, mebibytes(128));
  EXPECT_EQ(settings({"--memory-limit", " 128"}).memory_limit, mebibytes(128));
}

TEST(CommandLine, LastOneWins) {
  EXPECT_EQ(settings({"-t", "2", "--threads=8", "-t3"}).threads, 3U);
}

TEST(CommandLine, TakesClusteredFlags) {
  const auto result = settings({"-MCk", "-vAm64"});
  EXPECT_FALSE(result.evict);
  EXPECT_FALSE(result.cas);
  EXPECT_TRUE(result.lock_memory);
  EXPECT_TRUE(result.shutdown_command);
  EXPECT_EQ(result.verbosity, 1U);
}

TEST(CommandLine, TakesAManagedInstance) {
  EXPECT_TRUE(settings({"--managed"}).managed);
  EXPECT_FALSE(settings({}).managed);
}

TEST(CommandLine, CountsVerbosity) {
  EXPECT_EQ(settings({"-v"}).verbosity, 1U);
  EXPECT_EQ(settings({"-vvv"}).verbosity, 3U);
  EXPECT_EQ(settings({"-v", "-vv"}).verbosity, 3U);
  EXPECT_EQ(settings({"--verbose"}).verbosity, 1U);
  EXPECT_EQ(settings({"--verbose=vv"}).verbosity, 2U);
}

TEST(CommandLine, TakesHowToLog) {
  const auto log = settings({"--log-format=json", "--log-limit", "7", "--log-redact-keys"}).log;
  EXPECT_TRUE(log.json);
  EXPECT_TRUE(log.redact_keys);
  EXPECT_EQ(log.lines_per_second, 7U);
  EXPECT_FALSE(settings({"--log-format=json", "--log-format=text"}).log.json);
  EXPECT_FALSE(settings({}).log.json || settings({}).log.redact_keys);
}

TEST(CommandLine, TakesPorts) {
  EXPECT_EQ(settings({"-p", "11311"}).port, 11311);
  EXPECT_EQ(settings({"-p", "-1"}).port, 0);
  EXPECT_EQ(settings({"-p-1"}).port, 0);
  EXPECT_EQ(settings({"--port=-1"}).port, 0);
  EXPECT_EQ(settings({"-p", "0"}).port, std::nullopt);  // no TCP, as in memcached
  expect_mistake({"-p", "65536"}, "-p");
  expect_mistake({"-p", "-2"}, "-p");
}

TEST(CommandLine, TakesProtocols) {
  EXPECT_EQ(settings({"-B", "auto"}).protocols, command::Protocols::any);
  EXPECT_EQ(settings({"-B", "ascii"}).protocols, command::Protocols::text);
  EXPECT_EQ(settings({"--protocol=binary"}).protocols, command::Protocols::binary);
}

TEST(CommandLine, ListenAddressesAddUp) {
  EXPECT_THAT(settings({"-l", "127.0.0.1,[::1]:11212", "-l", "*", "-l*"}).listen,
              ElementsAre("127.0.0.1", "[::1]:11212", "*"));
  EXPECT_THAT(settings({"-l", "[::1]"}).listen, ElementsAre("[::1]"));
  EXPECT_THAT(settings({"-l", "proto[ascii,binary]:[::1]:7,*"}).listen,
              ElementsAre("proto[ascii,binary]:[::1]:7", "*"));
}

TEST(CommandLine, ReadsUdpFlags) {
  EXPECT_EQ(settings({}).udp_port, std::nullopt);
  EXPECT_EQ(settings({"-U", "0"}).udp_port, std::nullopt);
  EXPECT_EQ(settings({"-U", "11211"}).udp_port, 11211);
  EXPECT_EQ(settings({"--udp-port=-1"}).udp_port, 0);
  EXPECT_FALSE(settings({"-U", "1"}).udp_on_every_address);
  EXPECT_TRUE(settings({"--udp-on-every-address"}).udp_on_every_address);
  expect_mistake({"-U", "65536"}, "-U");
}

TEST(CommandLine, ReadsUnixSocketFlags) {
  const auto result = settings({"-s", "/run/cache.sock", "-a", "0770"});
  EXPECT_EQ(result.unix_socket, "/run/cache.sock");
  EXPECT_EQ(result.unix_mode, 0770U);
  EXPECT_EQ(settings({"-a700"}).unix_mode, 0700U);
  expect_mistake({"-a", "888"}, "-a");
}

TEST(CommandLine, TakesItemSizes) {
  EXPECT_EQ(settings({"-I", "4m"}).max_item_size, std::size_t{4} << 20);
  EXPECT_EQ(settings({"-I512K"}).max_item_size, std::size_t{512} << 10);
  EXPECT_EQ(settings({"-I", "2048"}).max_item_size, 2048U);
  expect_mistake({"-I", "1g"}, "not a number");
}

TEST(CommandLine, ReadsServerAndProcessFlags) {
  const auto result = settings({"-u", "nobody", "-P", "/run/cocached.pid", "-d", "-r", "-c", "9",
                                "-R", "5", "-b7", "-F", "-X", "-W", "-L", "-D", "/"});
  EXPECT_EQ(result.user, "nobody");
  EXPECT_EQ(result.pid_file, "/run/cocached.pid");
  EXPECT_TRUE(result.daemon);
  EXPECT_TRUE(result.core_dumps);
  EXPECT_TRUE(result.huge_pages);
  EXPECT_EQ(result.max_connections, 9U);
  EXPECT_EQ(result.requests_per_event, 5U);
  EXPECT_EQ(result.backlog, 7);
  EXPECT_FALSE(result.flush_command || result.dump_commands || result.watch_command);
  EXPECT_EQ(result.prefix_delimiter, '/');
  EXPECT_TRUE(result.prefix_stats);
}

TEST(CommandLine, ReadsHttpFlags) {
  const auto asked = settings({"--http", "0.0.0.0:8080"});
  EXPECT_EQ(asked.http_address, "0.0.0.0:8080");
  EXPECT_TRUE(asked.http_asked_for);
  EXPECT_FALSE(settings({"--no-http"}).http);
  EXPECT_FALSE(settings({}).http_asked_for);
  EXPECT_TRUE(settings({"--http", "[::1]:1", "--no-http"}).http);
}

TEST(ExtendedOptions, AreTakenFromLists) {
  const auto line = accept({"-o", "modern,track_sizes", "-ono_maxconns_fast, hashpower=20",
                            "--extended=idle_timeout=30,hash_algorithm=xxh3"});
  EXPECT_TRUE(line.settings.track_sizes);
  EXPECT_FALSE(line.settings.refuse_at_once);
  EXPECT_EQ(line.settings.hash_power, 20U);
  EXPECT_EQ(line.settings.idle_timeout, std::chrono::seconds{30});
  EXPECT_THAT(line.warnings, IsEmpty());
}

TEST(ExtendedOptions, EvictionIsAdaptiveUnlessAskedOtherwise) {
  EXPECT_EQ(accept({}).settings.eviction, store::EvictionPolicy::adaptive);
  EXPECT_EQ(accept({"-o", "eviction=lru"}).settings.eviction, store::EvictionPolicy::lru);
  EXPECT_EQ(accept({"-o", "eviction=adaptive"}).settings.eviction, store::EvictionPolicy::adaptive);
}

TEST(ExtendedOptions, WithoutMeaningWarnOnce) {
  EXPECT_THAT(accept({"-o", "slab_automove=1,no_lru_crawler"}).warnings,
              ElementsAre(HasSubstr("slab_automove"), HasSubstr("no_lru_crawler")));
}

TEST(ExtendedOptions, RefuseWhatCannotBe) {
  expect_mistake({"-o", "no_such_thing"}, "no_such_thing: no such option");
  expect_mistake({"-o", "hashpower"}, "needs a number");
  expect_mistake({"-o", "hashpower=40"}, "between 12 and 32");
  expect_mistake({"-o", "idle_timeout=soon"}, "not a number");
  expect_mistake({"-o", "hash_algorithm=md5"}, "hash_algorithm");
  expect_mistake({"-o", "eviction=random"}, "adaptive or lru");
  expect_mistake({"-o", "ext_path=/tmp/x:1G"}, "not part of this version");
  expect_mistake({"-o", "proxy_config=/tmp/x.lua"}, "not part of this version");
}

TEST(ExtendedOptions, ChooseTls) {
  const auto line = accept({"-Z", "-o", "ssl_chain_cert=/c,ssl_key=/k,ssl_ca_cert=/a", "-o",
                            "ssl_keyformat=DER,ssl_verify_mode=2,ssl_ciphers=A:B", "-o",
                            "ssl_wbuf_size=8,ssl_session_cache,ssl_min_version=tlsv1.3"});
  const auto& ssl = line.settings.ssl;
  EXPECT_TRUE(line.settings.tls);
  EXPECT_EQ(ssl.chain_file, "/c");
  EXPECT_EQ(ssl.key_file, "/k");
  EXPECT_EQ(ssl.ca_file, "/a");
  EXPECT_EQ(ssl.key_format, net::TlsFormat::der);
  EXPECT_EQ(ssl.verify, net::TlsVerify::require);
  EXPECT_EQ(ssl.ciphers, "A:B");
  EXPECT_EQ(ssl.record_size, 8192U);
  EXPECT_TRUE(ssl.resume);
  EXPECT_EQ(ssl.min_version, 3U);
  EXPECT_THAT(line.warnings, IsEmpty());
}

TEST(ExtendedOptions, RefuseWhatTlsCannotBe) {
  expect_mistake({"-o", "ssl_key"}, "needs a value");
  expect_mistake({"-o", "ssl_verify_mode=4"}, "between 0 and 3");
  expect_mistake({"-o", "ssl_keyformat=ENGINE"}, "PEM or DER");
  expect_mistake({"-o", "ssl_min_version=4"}, "between 0");
  expect_mistake({"-o", "ssl_min_version=tlsv1.9"}, "not a number");
  expect_mistake({"-o", "ssl_wbuf_size=0"}, "greater than 0");
  expect_mistake({"-o", "ssl_nothing=1"}, "no such option");
}

TEST(ExtendedOptions, KernelTlsWarns) {
  EXPECT_THAT(accept({"-o", "ssl_kernel_tls"}).warnings, ElementsAre(HasSubstr("kernel")));
}

TEST(CommandLine, ReadsSnapshotFlags) {
  const auto line = accept({"--snapshot", "/var/lib/items", "--snapshot-interval=60"});
  EXPECT_EQ(line.settings.snapshot_file, "/var/lib/items");
  EXPECT_EQ(line.settings.snapshot_interval, std::chrono::seconds{60});
  EXPECT_THAT(line.warnings, IsEmpty());
  const auto as_memcached = accept({"-e", "/dev/shm/items"});
  EXPECT_EQ(as_memcached.settings.snapshot_file, "/dev/shm/items");
  EXPECT_THAT(as_memcached.warnings, ElementsAre(HasSubstr("-e is --snapshot")));
}

TEST(CommandLine, WarnsOfFlagsWithoutMeaning) {
  EXPECT_THAT(accept({"-f", "1.25", "-n48", "-N", "2"}).warnings, ::testing::SizeIs(3));
}

TEST(CommandLine, RefusesMistakes) {
  expect_mistake({"--no-such-flag"}, "--no-such-flag");
  expect_mistake({"-y"}, "-y");
  expect_mistake({"-m"}, "-m");
  expect_mistake({"-m", "much"}, "not a number: 'much'");
  expect_mistake({"-t", "-4"}, "not a number");
  expect_mistake({"-c", "99999999999"}, "out of range");
  expect_mistake({"-B", "morse"}, "-B");
  expect_mistake({"-D", ""}, "-D");
  expect_mistake({"stray"}, "stray");
}

TEST(CommandLine, AnswersQuestions) {
  EXPECT_EQ(answer({"-h"}).exit_code, 0);
  EXPECT_THAT(answer({"--help"}).text, HasSubstr("--max-item-size"));
  EXPECT_THAT(answer({"-V"}).text, ::testing::MatchesRegex("cocached [0-9]+\\.[0-9]+\\.[0-9]+\n"));
  EXPECT_THAT(answer({"-i"}).text, HasSubstr("Redistribution"));
}

}  // namespace
}  // namespace cocached::app
