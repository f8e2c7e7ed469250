#include "server/platform/resource_limits.hpp"

#include <fstream>
#include <sched.h>
#include <string>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::server {
namespace {

namespace fs = std::filesystem;

/// Groups as the system shows them, in a folder of their own.
struct GroupLimitsTest : ::testing::Test {
  GroupLimitsTest()
      : folder(fs::path{::testing::TempDir()} /
               ("groups" + std::to_string(getpid()) +
                ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::create_directories(folder);
    write("membership", "9:name=systemd:/\n0::/pods/pod7\n");
  }
  ~GroupLimitsTest() override { fs::remove_all(folder); }

  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder / name).parent_path());
    std::ofstream{folder / name} << text;
  }
  GroupLimits limits() const { return group_limits(folder / "membership", folder); }

  const fs::path folder;
};

TEST_F(GroupLimitsTest, AreNoneWithoutGroups) {
  EXPECT_FALSE(limits().cpus || limits().memory);
  write("membership", "4:freezer:/old\n");
  write("memory.max", "1000\n");
  EXPECT_FALSE(limits().memory);
  EXPECT_FALSE(group_limits(folder / "no such file", folder).memory);
}

TEST_F(GroupLimitsTest, AreNoneWhereTheGroupMayHaveAll) {
  write("pods/pod7/cpu.max", "max 100000\n");
  write("pods/pod7/memory.max", "max\n");
  EXPECT_FALSE(limits().cpus || limits().memory);
}

TEST_F(GroupLimitsTest, AreThoseOfTheGroup) {
  write("pods/pod7/cpu.max", "150000 100000\n");
  write("pods/pod7/memory.max", "1073741824\n");
  EXPECT_EQ(limits().cpus, 1.5);
  EXPECT_EQ(limits().memory, std::size_t{1} << 30);
}

TEST_F(GroupLimitsTest, AreTheLowestOfAllGroupsAround) {
  write("cpu.max", "800000 100000\n");
  write("pods/cpu.max", "50000 100000\n");
  write("pods/pod7/cpu.max", "200000 100000\n");
  write("pods/memory.max", "500\n");
  write("pods/pod7/memory.max", "700\n");
  EXPECT_EQ(limits().cpus, 0.5);
  EXPECT_EQ(limits().memory, 500U);
}

// Version 1 was not seen: the server took the whole machine for its own.
TEST_F(GroupLimitsTest, Version1IsSeen) {
  write("membership", "9:memory:/docker/c0ffee\n4:cpu,cpuacct:/docker/c0ffee\n1:name=systemd:/\n");
  write("memory/docker/c0ffee/memory.limit_in_bytes", "1073741824\n");
  write("cpu,cpuacct/docker/c0ffee/cpu.cfs_quota_us", "250000\n");
  write("cpu,cpuacct/docker/c0ffee/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(limits().memory, std::size_t{1} << 30);
  EXPECT_EQ(limits().cpus, 2.5);
}

TEST_F(GroupLimitsTest, Version1HasNoneIfTheGroupMayHaveAll) {
  write("membership", "9:memory:/a\n4:cpu:/a\n");
  write("memory/a/memory.limit_in_bytes", "9223372036854771712\n");
  write("cpu/a/cpu.cfs_quota_us", "-1\n");
  write("cpu/a/cpu.cfs_period_us", "100000\n");
  EXPECT_FALSE(limits().cpus || limits().memory);
}

TEST_F(GroupLimitsTest, Version1TakesTheLowestOfAllGroupsAround) {
  write("membership", "9:memory:/pods/pod7\n4:cpu,cpuacct:/pods/pod7\n");
  write("memory/memory.limit_in_bytes", "9223372036854771712\n");
  write("memory/pods/memory.limit_in_bytes", "500\n");
  write("memory/pods/pod7/memory.limit_in_bytes", "700\n");
  write("cpu/pods/cpu.cfs_quota_us", "50000\n");  // a link for one of its controllers
  write("cpu/pods/pod7/cpu.cfs_quota_us", "200000\n");
  EXPECT_EQ(limits().memory, 500U);
  EXPECT_EQ(limits().cpus, 0.5);
}

TEST_F(GroupLimitsTest, Version1FindsAContainersInTheRootOfItsHierarchy) {
  write("membership", "9:memory:/docker/c0ffee\n");
  write("memory/memory.limit_in_bytes", "700\n");
  EXPECT_EQ(limits().memory, 700U);
}

TEST_F(GroupLimitsTest, BothVersionsAreSeen) {
  write("membership", "9:memory:/service\n0::/service\n");
  write("memory/service/memory.limit_in_bytes", "700\n");
  write("unified/service/cpu.max", "50000 100000\n");
  EXPECT_EQ(limits().memory, 700U);
  EXPECT_EQ(limits().cpus, 0.5);
}

TEST_F(GroupLimitsTest, AreNotLookedForOutsideTheRoot) {
  write("membership", "0::/../other\n");
  write("other/memory.max", "700\n");
  EXPECT_EQ(group_limits(folder / "membership", folder / "root").memory, std::nullopt);
}

TEST_F(GroupLimitsTest, AContainersAreInTheRoot) {
  write("membership", "0::/\n");
  write("memory.max", "700\n");
  EXPECT_EQ(limits().memory, 700U);
}

/// Four for each thread are those of its event loop and its poller.
TEST(OwnDescriptors, GrowWithThreadsAndAddresses) {
  Settings settings;
  settings.threads = 4;
  const auto few = own_descriptors(settings);
  settings.threads = 64;
  EXPECT_EQ(own_descriptors(settings), few + 60 * 4);
  settings.listen = {"a", "b", "c"};
  EXPECT_GT(own_descriptors(settings), few + 60 * 4);
  const auto without_udp = own_descriptors(settings);
  settings.udp_port = 0;
  EXPECT_GE(own_descriptors(settings), without_udp + 3 * 64);
}

TEST(ClientMemory, GrowsWithTheConnectionsUnlessItIsGiven) {
  constexpr std::size_t kMiB = std::size_t{1} << 20;
  EXPECT_EQ(client_memory_limit({.max_connections = 10}), 64 * kMiB);
  EXPECT_EQ(client_memory_limit({.max_connections = 100'000}), 3125 * kMiB);
  EXPECT_EQ(client_memory_limit({.max_connections = 1024, .tls = true}), 80 * kMiB);
  EXPECT_EQ(client_memory_limit({.client_memory = 32 * kMiB}), 32 * kMiB);
  EXPECT_EQ(client_memory_limit({.client_memory = 0}), 0U);
}

TEST(ClientMemory, IsNeverTooLittleForTheThreadsAndTheLargestValue) {
  constexpr std::size_t kMiB = std::size_t{1} << 20;
  const Settings settings{.threads = 32, .client_memory = kMiB};
  EXPECT_EQ(client_memory_limit(settings), 66 * kMiB);
  ::testing::internal::CaptureStderr();
  warn_of_client_memory(settings);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              ::testing::HasSubstr("read_buf_mem_limit=1 is too little"));
}

TEST(WarnOfMemory, WhereTheGroupAllowsLessThanIsNeeded) {
  const Settings settings{.max_connections = 1024, .memory_limit = std::size_t{64} << 20};
  const auto need = memory_need(settings);
  EXPECT_EQ(need, std::size_t{160} << 20);
  const auto warning = [&](std::optional<std::size_t> limit) {
    ::testing::internal::CaptureStderr();
    warn_of_memory(settings, {.cpus = {}, .memory = limit});
    return ::testing::internal::GetCapturedStderr();
  };
  EXPECT_EQ(warning(std::nullopt), "");
  EXPECT_EQ(warning(need), "");
  EXPECT_NE(warning(need - 1).find("allows 159 MiB"), std::string::npos);
}

TEST(AvailableCpus, AreNoMoreThanThoseOfTheAffinity) {
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  EXPECT_GE(available_cpus(), 1U);
  EXPECT_LE(available_cpus(), static_cast<unsigned>(CPU_COUNT(&before)));
  cpu_set_t one;
  CPU_ZERO(&one);
  for (std::size_t cpu = 0; CPU_COUNT(&one) == 0; ++cpu)
    if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(available_cpus(), 1U);
  sched_setaffinity(0, sizeof before, &before);
}

}  // namespace
}  // namespace cocached::server
