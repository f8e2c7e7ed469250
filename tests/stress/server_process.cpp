#include "stress/server_process.hpp"

#include "stress/findings.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

namespace cocached::stress {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& file) {
  std::ifstream stream{file};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

/// The first finding of ThreadSanitizer ends the server, as those of the others do.
std::vector<std::string> environment(const fs::path& port_file) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry)
    if (!std::string_view{*entry}.starts_with("TSAN_OPTIONS=")) all.emplace_back(*entry);
  const char* const given = std::getenv("TSAN_OPTIONS");
  all.push_back(fmt::format("TSAN_OPTIONS={}:halt_on_error=1", given == nullptr ? "" : given));
  all.push_back("MEMCACHED_PORT_FILENAME=" + port_file.string());
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> all;
  for (auto& word : words) all.push_back(word.data());
  all.push_back(nullptr);
  return all;
}

/// Calls only what is allowed between fork and exec in a program of many threads.
[[noreturn]] void become(char* const* arguments, char* const* variables, int log) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::execve(arguments[0], arguments, variables);
  ::_exit(127);
}

std::string describe(int status) {
  if (WIFEXITED(status)) return fmt::format("exit code {}", WEXITSTATUS(status));
  return fmt::format("signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
}

/// The number that follows `label` for the `index`th time in `text`; 0 if it doesn't.
std::uint16_t port_after(const std::string& text, std::string_view label, int index = 0) {
  auto at = text.find(label);
  for (; index > 0 && at != std::string::npos; --index) at = text.find(label, at + 1);
  if (at == std::string::npos) return 0;
  return static_cast<std::uint16_t>(std::strtoul(text.c_str() + at + label.size(), nullptr, 10));
}

}  // namespace

ServerProcess::ServerProcess(const Launch& launch, std::chrono::seconds patience)
    : log_file_(launch.folder / "log"), port_file_(launch.folder / "ports") {
  fs::remove(port_file_);
  std::vector<std::string> arguments{launch.program.string()};
  arguments.insert(arguments.end(), launch.flags.begin(), launch.flags.end());
  auto variables = environment(port_file_);
  const auto argument_pointers = pointers(arguments);
  const auto variable_pointers = pointers(variables);
  const int log = ::open(log_file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  process_ = ::fork();
  if (process_ == 0) become(argument_pointers.data(), variable_pointers.data(), log);
  ::close(log);
  if (process_ < 0) throw std::system_error{errno, std::generic_category(), "fork"};
  place_.process = process_;
  for (const auto deadline = Clock::now() + patience; !read_ports();) {
    if (const auto how = ended()) throw Violation{"the server did not start: " + *how};
    if (Clock::now() > deadline) throw Hung{"the server does not listen"};
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
}

ServerProcess::~ServerProcess() {
  if (ended()) return;
  signal(SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

/// The HTTP address is the last that it announces.
bool ServerProcess::read_ports() {
  place_.http = port_after(log(), "http://127.0.0.1:");
  if (place_.http == 0) return false;
  const auto ports = content(port_file_);
  place_.plain = port_after(ports, "TCP INET: ");
  place_.tls = port_after(ports, "TCP INET: ", 1);
  place_.udp = port_after(ports, "UDP INET: ");
  return place_.plain != 0;
}

std::optional<std::string> ServerProcess::ended() {
  int status = 0;
  if (!ended_ && ::waitpid(process_, &status, WNOHANG) == process_) ended_ = describe(status);
  return ended_;
}

std::optional<std::string> ServerProcess::wait(std::chrono::seconds time) {
  for (const auto deadline = Clock::now() + time; !ended() && Clock::now() < deadline;)
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  return ended_;
}

void ServerProcess::signal(int number) const {
  if (!ended_) ::kill(process_, number);
}

std::size_t ServerProcess::resident_bytes() const {
  const auto status = content(fmt::format("/proc/{}/status", process_));
  const auto at = status.find("VmRSS:");
  if (at == std::string::npos) return 0;
  return std::strtoul(status.c_str() + at + std::strlen("VmRSS:"), nullptr, 10) << 10;
}

std::size_t ServerProcess::descriptors() const {
  std::error_code gone;
  const fs::directory_iterator all{fmt::format("/proc/{}/fd", process_), gone};
  return gone ? 0 : static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::string ServerProcess::log() const {
  return content(log_file_);
}

/// Its log says so.
bool ServerProcess::has_loaded() const {
  return log().find("items loaded") != std::string::npos;
}

std::string report_in(const std::string& log) {
  constexpr auto kMarks = std::to_array<std::string_view>(
      {"ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "WARNING: ThreadSanitizer",
       "runtime error:", "Assertion", "terminate called"});
  auto first = std::string::npos;
  for (const auto mark : kMarks) first = std::min(first, log.find(mark));
  if (first == std::string::npos) return {};
  const auto line = log.rfind('\n', first);
  constexpr std::size_t kEnough = 16'000;
  return log.substr(line == std::string::npos ? 0 : line + 1, kEnough);
}

}  // namespace cocached::stress
