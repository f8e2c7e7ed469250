#include "server/platform/process.hpp"

#include "base/log.hpp"
#include "server/platform/system_call.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <grp.h>
#include <iterator>
#include <optional>
#include <pwd.h>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace cocached::server {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error{errno, std::generic_category(), what};
}

std::optional<uid_t> to_number(const std::string& text) {
  uid_t number = 0;
  const auto* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  if (error != std::errc{} || end != last) return std::nullopt;
  return number;
}

void raise_soft_limit_to_hard(int resource) {
  rlimit limit{};
  must_succeed(getrlimit(resource, &limit), "cannot read a resource limit");
  limit.rlim_cur = limit.rlim_max;
  must_succeed(setrlimit(resource, &limit), "cannot raise a resource limit");
}

void replace_standard_streams() {
  const int null = open("/dev/null", O_RDWR);
  must_succeed(null, "cannot open /dev/null");
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    must_succeed(dup2(null, stream), "cannot detach from the terminal");
  if (null > STDERR_FILENO) close(null);
}

}  // namespace

bool is_root() noexcept {
  return getuid() == 0 || geteuid() == 0;
}

User find_user(const std::string& name_or_number) {
  if (const auto* entry = getpwnam(name_or_number.c_str()))
    return {name_or_number, entry->pw_uid, entry->pw_gid};
  const auto number = to_number(name_or_number);
  if (!number) throw NoSuchUser{"can't find the user " + name_or_number + " to switch to"};
  const auto* entry = getpwuid(*number);
  return {name_or_number, *number, entry != nullptr ? entry->pw_gid : gid_t{*number}};
}

void become(const User& user) {
  // In a container that has no rights to lose, dropping the groups is refused; as memcached does,
  // go on then.
  if (setgroups(0, nullptr) < 0 && errno != EPERM) fail("cannot drop supplementary groups");
  must_succeed(setgid(user.group), "cannot become the group of user " + user.name);
  must_succeed(setuid(user.id), "cannot become user " + user.name);
}

void raise_file_limit(std::size_t wanted, std::size_t least) {
  rlimit limit{};
  must_succeed(getrlimit(RLIMIT_NOFILE, &limit), "cannot read the limit of open files");
  if (limit.rlim_cur >= wanted) return;
  const rlimit raised{wanted, std::max<rlim_t>(limit.rlim_max, wanted)};
  if (setrlimit(RLIMIT_NOFILE, &raised) == 0) return;
  if (limit.rlim_max < least)
    fail("cannot raise the limit of open files to " + std::to_string(least) +
         " (start as root, or allow fewer connections)");
  raise_soft_limit_to_hard(RLIMIT_NOFILE);
}

void allow_core_dumps() {
  const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
  if (setrlimit(RLIMIT_CORE, &unlimited) < 0) raise_soft_limit_to_hard(RLIMIT_CORE);
  rlimit limit{};
  must_succeed(getrlimit(RLIMIT_CORE, &limit), "cannot read the limit of core files");
  if (limit.rlim_cur == 0) throw std::system_error{EPERM, std::generic_category(), "no core files"};
}

void stay_dumpable() {
  must_succeed(prctl(PR_SET_DUMPABLE, 1), "cannot allow core files");
}

void allow_memory_locks() {
  const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
  if (setrlimit(RLIMIT_MEMLOCK, &unlimited) < 0) raise_soft_limit_to_hard(RLIMIT_MEMLOCK);
}

void lock_memory() {
  // Not whole mappings at once: the stacks of threads alone, of which little is used, would be 8
  // MiB each.
  must_succeed(mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT), "cannot lock memory");
}

void daemonize(bool core_dumps) {
  const auto child = fork();
  must_succeed(child, "cannot fork");
  // Not exit(): what the parent has set up belongs to the child now.
  if (child > 0) _exit(EXIT_SUCCESS);
  must_succeed(setsid(), "cannot start a session");
  if (!core_dumps) must_succeed(chdir("/"), "cannot change to /");
  replace_standard_streams();
}

namespace {

std::string pid_file_content(const std::string& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace

PidFile::PidFile(std::string path) : path_(std::move(path)) {
  if (path_.empty()) return;
  // A mistyped path must cost nobody a file.
  if (pid_file_content(path_).find_first_not_of("0123456789 \n") != std::string::npos)
    throw std::runtime_error{path_ + " is not a pid file: it is not overwritten"};
  std::ofstream file{path_, std::ios::trunc};
  file << getpid() << '\n';
  file.close();
  if (file) return;
  base::log_warning("cannot write the pid file {}: {}", path_,
                    std::generic_category().message(errno));
  path_.clear();
}

PidFile::~PidFile() {
  // Another server's by now, where it says so.
  if (!path_.empty() && pid_file_content(path_) == std::to_string(getpid()) + "\n")
    unlink(path_.c_str());
}

}  // namespace cocached::server
