#include "server/snapshots.hpp"

#include "base/log.hpp"
#include "server/system_call.hpp"
#include "store/snapshot_writer.hpp"

#include <condition_variable>
#include <exception>
#include <fcntl.h>
#include <filesystem>
#include <mutex>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace cocached::server {
namespace {

namespace fs = std::filesystem;

std::string absolute(const std::string& path) {
  return path.empty() ? path : fs::absolute(path).string();
}

void report(const std::string& path, const store::LoadReport& report) {
  if (!report.known)
    return base::log_error("{} is no snapshot of this version: nothing was loaded", path);
  base::log_info("{}: {} items loaded, {} had expired, {} were refused", path, report.items,
                 report.expired, report.refused);
  if (report.damaged > 0 || !report.complete)
    base::log_error("{}: damaged in {} places{}; {} items were loaded all the same", path,
                    report.damaged, report.complete ? "" : " and incomplete", report.items);
}

}  // namespace

/// An open descriptor.
class Snapshots::File {
 public:
  File(const std::string& path, int flags)
      : descriptor_(open(path.c_str(), flags | O_CLOEXEC, 0600)) {
    must_succeed(descriptor_, "cannot open " + path);
  }
  ~File() { close(descriptor_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  int descriptor() const noexcept { return descriptor_; }
  void sync(const std::string& path) const {
    must_succeed(fsync(descriptor_), "cannot write " + path);
  }

 private:
  const int descriptor_;
};

Snapshots::Snapshots(store::Store& store, const base::Clock& clock, const std::string& path,
                     std::chrono::seconds interval)
    : store_(store), clock_(clock), path_(absolute(path)), interval_(interval) {
  if (path_.empty() || !fs::exists(path_)) return;
  try {
    existing_ = std::make_unique<File>(path_, O_RDONLY);
    loader_.emplace(store_, clock_, existing_->descriptor());
    store_.begin_restore();
    loaded_ = false;
  } catch (const std::exception& error) {
    base::log_error("{} is not loaded: {}", path_, error.what());
  }
}

Snapshots::~Snapshots() {
  abandon();
  if (thread_.joinable()) thread_.join();
}

void Snapshots::start() {
  if (path_.empty()) return;
  const auto folder = fs::path{path_}.parent_path();
  if (access(folder.c_str(), W_OK) != 0)
    base::log_error("snapshots can't be saved: {} can't be written to", folder.string());
  thread_ = std::thread{[this] { run(stop_.get_token()); }};
}

std::optional<std::string> Snapshots::finish() {
  if (!thread_.joinable()) return std::nullopt;
  stop_.request_stop();
  thread_.join();
  if (!load_stopped_) return save(abandoned_.get_token());
  base::log_warning("{} was not loaded to its end, and stays as it is", path_);
  return std::nullopt;
}

void Snapshots::abandon() noexcept {
  abandoned_.request_stop();
  stop_.request_stop();
}

void Snapshots::run(const std::stop_token& stop) {
  if (loader_) load(stop);
  // Nobody but the stop request ever wakes this thread.
  constexpr std::chrono::seconds kGrain{1};  // of a change of the interval
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock{mutex};
  auto saved = std::chrono::steady_clock::now();
  while (!stop.stop_requested()) {
    wake.wait_for(lock, stop, kGrain, [] { return false; });
    const auto interval = interval_.load();
    const auto now = std::chrono::steady_clock::now();
    if (interval == std::chrono::seconds::zero() || now - saved < interval) continue;
    save(stop);
    saved = now;
  }
}

void Snapshots::load(const std::stop_token& stop) {
  try {
    const auto result = loader_->load(stop);
    load_stopped_ = result.stopped;
    report(path_, result);
  } catch (const std::exception& error) {
    base::log_error("{} is not loaded to its end: {}", path_, error.what());
  }
  store_.end_restore();
  loader_.reset();
  existing_.reset();
  loaded_ = true;
}

/// Why the items are not saved; nothing if they are.
std::optional<std::string> Snapshots::save(const std::stop_token& stop) {
  const auto unfinished = path_ + ".unfinished";
  std::string failure = "told to stop";
  try {
    if (const auto items = write_file(unfinished, stop)) {
      base::log_info("{}: {} items saved", path_, *items);
      return std::nullopt;
    }
  } catch (const std::exception& error) {
    failure = error.what();
  }
  unlink(unfinished.c_str());
  failure = fmt::format("{} is not saved, and stays as it was: {}", path_, failure);
  base::log_error("{}", failure);
  return failure;
}

/// The number of items; none where it was stopped, and what is under the file's name is untouched.
std::optional<std::uint64_t> Snapshots::write_file(const std::string& path,
                                                   const std::stop_token& stop) {
  const File file{path, O_WRONLY | O_CREAT | O_TRUNC};
  const auto items = store::SnapshotWriter{store_, clock_, file.descriptor()}.write(stop);
  if (!items) return items;
  file.sync(path);
  if (stop.stop_requested()) return std::nullopt;
  must_succeed(rename(path.c_str(), path_.c_str()), "cannot rename " + path);
  const auto folder = fs::path{path_}.parent_path().string();
  File{folder, O_RDONLY | O_DIRECTORY}.sync(folder);
  return items;
}

}  // namespace cocached::server
