#include "app/option_sources.hpp"

#include "app/command_line.hpp"
#include "app/option_values.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

/// A file with options, and variables, for as long as a test takes.
struct SourcesTest : ::testing::Test {
  ~SourcesTest() override {
    std::filesystem::remove(path);
    for (const auto& name : variables) unsetenv(name.c_str());
  }

  void write(const std::string& text) const { std::ofstream{path} << text; }
  void set(const std::string& name, const std::string& value) {
    setenv(name.c_str(), value.c_str(), 1);
    variables.push_back(name);
  }

  /// Returns the result of a command line with these flags, and of the file if the test wrote one.
  CommandLine accept(std::vector<std::string> flags = {}) const {
    auto result = parse(std::move(flags));
    if (const auto* answer = std::get_if<EarlyExit>(&result)) {
      ADD_FAILURE() << answer->text;
      return {};
    }
    return std::get<CommandLine>(std::move(result));
  }
  server::Settings settings(std::vector<std::string> flags = {}) const {
    return accept(std::move(flags)).settings;
  }
  std::string mistake() const {
    const auto result = parse({});
    const auto* answer = std::get_if<EarlyExit>(&result);
    return answer == nullptr ? "" : answer->text;
  }

  const std::string path = std::filesystem::path{::testing::TempDir()} /
                           ("options" + std::to_string(getpid()) + ".toml");

 private:
  std::variant<CommandLine, EarlyExit> parse(std::vector<std::string> flags) const {
    if (std::filesystem::exists(path)) flags.push_back("--config=" + path);
    std::vector<const char*> arguments;
    for (const auto& flag : flags) arguments.push_back(flag.c_str());
    return parse_command_line(arguments);
  }

  std::vector<std::string> variables;
};

TEST_F(SourcesTest, FilesHaveOneOptionALine) {
  write(
      "# the cache of the shop\n\nmemory-limit = 1024  # MiB\nlisten = [\"::1\", '10.0.0.1:1']\n"
      "disable-cas = true\nverbose = 2\nD = \"/\"\nextended = modern,idle_timeout=30\n");
  EXPECT_THAT(arguments_of_file(path),
              ElementsAre("--memory-limit=1024", "--listen=::1", "--listen=10.0.0.1:1",
                          "--disable-cas=true", "--verbose=2", "-D/", "--extended=modern",
                          "--extended=idle_timeout=30"));
}

TEST_F(SourcesTest, FilesThatAreNotThereAreMistakes) {
  EXPECT_THROW(arguments_of_file("/no/such/file"), UsageError);
  EXPECT_THROW(arguments_of_file("/"), UsageError);
}

TEST_F(SourcesTest, FilesHaveNoSections) {
  write("[network]\nport = 1\n");
  EXPECT_THAT(mistake(), HasSubstr("sections"));
}

TEST_F(SourcesTest, HalfTextsAreMistakes) {
  write("user = \"a#b\"\n");
  EXPECT_THAT(mistake(), HasSubstr("user: unfinished text"));
}

TEST_F(SourcesTest, VariablesAreNamedAfterLongOptions) {
  set("COCACHED_MEMORY_LIMIT", "32");
  set("COCACHED_USER", "");
  const auto names = std::to_array<std::string>({"memory-limit", "user", "threads"});
  EXPECT_THAT(arguments_of_environment(names), ElementsAre("--memory-limit=32"));
}

// Kubernetes sets such a variable in every pod next to a service that is named cocached.
TEST_F(SourcesTest, VariablesOfKubernetesAreLeftAlone) {
  set("COCACHED_PORT", "tcp://10.96.0.17:11211");
  EXPECT_EQ(settings().port, 11211);
}

TEST_F(SourcesTest, VariablesThatAskQuestionsAreLeftAlone) {
  set("COCACHED_VERSION", "1.2.3");
  EXPECT_EQ(settings().port, 11211);
}

TEST_F(SourcesTest, FlagsWinOverVariablesAndTheseOverTheFile) {
  write("threads = 1\nconn-limit = 1\nport = 1\n");
  set("COCACHED_CONN_LIMIT", "2");
  set("COCACHED_PORT", "2");
  const auto all = settings({"-p", "3"});
  EXPECT_EQ(all.threads, 1U);
  EXPECT_EQ(all.max_connections, 2U);
  EXPECT_EQ(all.port, 3);
}

TEST_F(SourcesTest, ListsAndCountsOfOneSourceReplaceThoseOfAnother) {
  write("listen = [\"10.0.0.1\", \"10.0.0.2\"]\nverbose = 1\n");
  EXPECT_THAT(settings().listen, ElementsAre("10.0.0.1", "10.0.0.2"));
  EXPECT_THAT(settings({"-l", "10.0.0.3"}).listen, ElementsAre("10.0.0.3"));
  EXPECT_EQ(settings({"-vv"}).verbosity, 2U);
  set("COCACHED_VERBOSE", "vvv");
  EXPECT_EQ(settings().verbosity, 3U);
}

TEST_F(SourcesTest, FlagsTakeSwitchesBack) {
  write("disable-cas = true\nno-http = yes\n");
  EXPECT_FALSE(settings().cas);
  EXPECT_FALSE(settings().http);
  EXPECT_TRUE(settings({"--disable-cas=false"}).cas);
  set("COCACHED_DISABLE_CAS", "0");
  EXPECT_TRUE(settings().cas);
}

TEST_F(SourcesTest, ExtendedOptionsAddUp) {
  write("extended = \"idle_timeout=30,track_sizes\"\n");
  const auto both = settings({"-o", "idle_timeout=40"});
  EXPECT_EQ(both.idle_timeout, std::chrono::seconds{40});
  EXPECT_TRUE(both.track_sizes);
}

TEST_F(SourcesTest, TheEnvironmentMayNameTheFile) {
  write("threads = 3\n");
  set("COCACHED_CONFIG", path);
  const auto line = std::get<CommandLine>(parse_command_line({}));
  EXPECT_EQ(line.settings.threads, 3U);
  EXPECT_EQ(line.config_file, path);
}

TEST_F(SourcesTest, MistakesNameTheirSource) {
  write("threads = many\n");
  EXPECT_THAT(mistake(), HasSubstr(path + ": -t,--threads: not a number: 'many'"));
  write("no-such-option = 1\n");
  EXPECT_THAT(mistake(), HasSubstr(path + ": "));
  write("help = true\n");
  EXPECT_THAT(mistake(), HasSubstr("--help is for the command line alone"));
  write("config = other\n");
  EXPECT_THAT(mistake(), HasSubstr("--config is for the command line alone"));
  write("");
  set("COCACHED_THREADS", "all");
  EXPECT_THAT(mistake(), HasSubstr("environment: -t,--threads: not a number: 'all'"));
}

TEST_F(SourcesTest, GivenOptionsAreRemembered) {
  write("memory-limit = 128\nconn-limit = 5\n");
  EXPECT_THAT(accept({"-c7", "-o", "idle_timeout=3"}).given,
              ::testing::IsSupersetOf({Pair("--memory-limit", "128"), Pair("--conn-limit", "7"),
                                       Pair("-o idle_timeout", "3")}));
  write("");
  EXPECT_THAT(accept().given, ElementsAre(Pair("--config", path)));
}

}  // namespace
}  // namespace cocached::app
