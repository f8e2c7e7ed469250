#include "stress/admin.hpp"
#include "stress/client.hpp"
#include "stress/filler.hpp"
#include "stress/hostile.hpp"
#include "stress/lives.hpp"
#include "stress/onlookers.hpp"
#include "stress/options.hpp"

#include <csignal>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

namespace cocached::stress {
namespace {

namespace fs = std::filesystem;

/// A folder that is gone at the end, unless it was named.
class Folder {
 public:
  explicit Folder(const fs::path& named) : path_(named), goes_(named.empty()) {
    auto name = (fs::temp_directory_path() / "cocached-stress-XXXXXX").string();
    if (goes_) path_ = ::mkdtemp(name.data());
    fs::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    if (goes_) fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  const bool goes_;
};

/// Everybody who presses the server, each in a thread. The destructor waits for them.
class Crew {
 public:
  Crew(const Options& options, Run& run) : seed_(options.seed), run_(run) {
    for (unsigned i = 1; i <= options.clients; ++i) add<Client>(i);
    for (unsigned i = 1; i <= 3; ++i) add<Filler>(i);
    for (unsigned i = 1; i <= 2; ++i) add<Admin>(i);
    for (unsigned i = 1; i <= 2; ++i) add<Onlooker>(i);
    for (unsigned i = 1; i <= 2; ++i) add<Hostile>(i);
  }

 private:
  template <class Member>
  void add(unsigned number) {
    auto member = std::make_unique<Member>(number, ++seed_, run_);
    threads_.emplace_back([member = std::move(member)] { member->run(); });
  }

  std::uint64_t seed_;
  Run& run_;
  std::vector<std::jthread> threads_;
};

int report(const Run& run, std::uint64_t seed) {
  for (const auto& [what, count] : run.findings.counts()) fmt::print("{:12} {}\n", count, what);
  const auto findings = run.findings.all();
  for (const auto& finding : findings) fmt::print("WRONG: {}\n", finding);
  fmt::print("{} wrong; seed {}\n", findings.size(), seed);
  return findings.empty() ? 0 : 1;
}

int press(const Options& options) {
  fmt::print("seed {}\n", options.seed);
  std::fflush(stdout);
  const Folder folder{options.keep};
  Run run{.patience = {options.patience},
          .keys = options.keys,
          .clients = options.clients,
          .memory = options.memory,
          .folder = fs::absolute(folder.path())};
  {
    const Crew crew{options, run};
    Lives{options, run}.live();
  }
  return report(run, options.seed);
}

}  // namespace
}  // namespace cocached::stress

int main(int argc, char** argv) {
  using namespace cocached::stress;
  std::signal(SIGPIPE, SIG_IGN);
  const std::span all{argv, static_cast<std::size_t>(argc)};
  const auto options = parse_options(all.subspan(1));
  return options ? press(*options) : 64;
}
