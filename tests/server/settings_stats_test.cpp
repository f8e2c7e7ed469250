#include "server/settings_stats.hpp"

#include "server/process_stats.hpp"

#include <algorithm>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::server {
namespace {

using ::testing::ElementsAre;
using ::testing::MatchesRegex;

std::vector<std::string> names_of(const command::StatList& list) {
  std::vector<std::string> names;
  for (const auto& [name, value] : list) names.push_back(name);
  return names;
}

std::string value_of(const command::StatList& list, const std::string& name) {
  const auto found = std::ranges::find(list, name, &command::StatList::value_type::first);
  return found == list.end() ? "(none)" : found->second;
}

TEST(ProcessStats, HaveMemcachedsFieldsInOrder) {
  EXPECT_THAT(
      names_of(process_stats({}, {})),
      ElementsAre("pid", "uptime", "time", "version", "libevent", "pointer_size", "rusage_user",
                  "rusage_system", "max_connections", "curr_connections", "total_connections",
                  "rejected_connections", "connection_structures", "response_obj_oom",
                  "response_obj_count", "response_obj_bytes", "read_buf_count", "read_buf_bytes",
                  "read_buf_bytes_free", "read_buf_oom", "reserved_fds"));
}

TEST(ProcessStats, CountRejectionsOnlyWhereTheyHappen) {
  EXPECT_EQ(value_of(process_stats({.refuse_at_once = false}, {}), "rejected_connections"),
            "(none)");
}

TEST(ProcessStats, ShowFigures) {
  const auto list =
      process_stats({.max_connections = 7},
                    {.uptime = std::chrono::seconds{3}, .connections = 2, .connections_opened = 5});
  EXPECT_EQ(value_of(list, "pid"), std::to_string(getpid()));
  EXPECT_EQ(value_of(list, "uptime"), "3");
  EXPECT_EQ(value_of(list, "max_connections"), "7");
  EXPECT_EQ(value_of(list, "curr_connections"), "2");
  EXPECT_EQ(value_of(list, "total_connections"), "5");
  EXPECT_THAT(value_of(list, "rusage_user"), MatchesRegex("[0-9]+\\.[0-9]{6}"));
}

TEST(SettingStats, ShowMemcachedsDefaults) {
  const auto list = setting_stats({}, {.memory_limit = std::size_t{64} << 20});
  for (const auto& [name, value] : {std::pair{"maxbytes", "67108864"},
                                    {"maxconns", "1024"},
                                    {"tcpport", "11211"},
                                    {"inter", "NULL"},
                                    {"evictions", "on"},
                                    {"umask", "700"},
                                    {"growth_factor", "1.25"},
                                    {"num_threads", "4"},
                                    {"stat_key_prefix", ":"},
                                    {"detail_enabled", "no"},
                                    {"cas_enabled", "yes"},
                                    {"item_size_max", "1048576"},
                                    {"idle_timeout", "0"},
                                    {"client_flags_size", "4"}})
    EXPECT_EQ(value_of(list, name), value) << name;
}

TEST(SettingStats, ShowWhatIsSet) {
  const auto list = setting_stats(
      {.listen = {"127.0.0.1", "[::1]:5"}, .threads = 2, .cas = false, .prefix_delimiter = '/'},
      {.verbosity = 2, .idle_timeout = std::chrono::seconds{9}, .prefix_stats = true});
  EXPECT_EQ(value_of(list, "inter"), "127.0.0.1,[::1]:5");
  EXPECT_EQ(value_of(list, "num_threads"), "2");
  EXPECT_EQ(value_of(list, "cas_enabled"), "no");
  EXPECT_EQ(value_of(list, "idle_timeout"), "9");
  EXPECT_EQ(value_of(list, "stat_key_prefix"), "/");
  EXPECT_EQ(value_of(list, "verbosity"), "2");
  EXPECT_EQ(value_of(list, "detail_enabled"), "yes");
}

}  // namespace
}  // namespace cocached::server
