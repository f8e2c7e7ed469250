#include "server/snapshots.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace cocached::server {
namespace {

std::string_view text_of(store::SnapshotKind kind) noexcept {
  return kind == store::SnapshotKind::damaged ? "its headers are damaged"
                                              : "another version has made it";
}

}  // namespace

Snapshots::Snapshots(store::Store& store, const base::Clock& clock, const std::string& path,
                     std::chrono::seconds interval, const base::FileSystem& files)
    : store_(store), clock_(clock), files_(files), interval_(interval) {
  if (path.empty()) return;
  place_.emplace(files_, path);
  store_.flush_journal().enable();
  look_at_file();
}

Snapshots::~Snapshots() {
  abandon();
  if (thread_.joinable()) thread_.join();
}

template <class Change>
void Snapshots::change_figures(Change&& change) {
  const base::MutexLock lock(mutex_);
  change(figures_);
}

SnapshotFigures Snapshots::figures() const {
  const base::MutexLock lock(mutex_);
  auto figures = figures_;
  figures.enabled = place_.has_value();
  figures.interval = interval_;
  return figures;
}

// ---- start ----

void Snapshots::look_at_file() {
  auto file = place_->open();
  if (!file) return;
  if (!file->is_regular())
    throw std::invalid_argument{place_->path() + " is not a regular file: it can hold no snapshot"};
  const auto head = store::read_head(*file);
  switch (head.kind) {
    case store::SnapshotKind::readable:
      return prepare_load(std::move(file), head);
    case store::SnapshotKind::empty:
      return;
    case store::SnapshotKind::other_version:
    case store::SnapshotKind::damaged:
      unreadable_ = text_of(head.kind);
      return;
    case store::SnapshotKind::foreign:
      throw std::invalid_argument{
          place_->path() +
          " is not a snapshot of cocached, and a snapshot would replace it: name "
          "another file for --snapshot, or move this one away"};
  }
}

void Snapshots::prepare_load(std::unique_ptr<base::File> file, const store::SnapshotHead& head) {
  current_.file = std::move(file);
  loader_.emplace(store_, clock_, *current_.file);
  current_.written = loader_->written();
  outdated_ = head.header.version != store::snapshot::kVersion || !current_.file->is_writable();
  loaded_ = false;
  store_.begin_restore();
  const auto size = current_.file->size();
  change_figures([&](SnapshotFigures& figures) {
    figures.loading = true;
    figures.file_bytes = size;
    figures.last_bytes = size;
    figures.last_success = decltype(figures.last_success){base::Duration{head.header.made_ms}};
  });
}

void Snapshots::claim() {
  if (!place_ || std::exchange(claimed_, true)) return;
  try {
    place_->check();
    if (unreadable_.empty()) return;
    const auto name = place_->move_aside();
    base::log_warning("{} is not loaded, for {}; it is {} now", place_->path(), unreadable_, name);
  } catch (const std::exception& error) {
    throw std::runtime_error{
        fmt::format("--snapshot {}: cannot be written: {}", place_->path(), error.what())};
  }
}

void Snapshots::start() {
  if (!place_) return;
  claim();
  thread_ = std::thread{[this] { run(stop_.get_token()); }};
}

std::optional<std::string> Snapshots::finish() {
  if (!thread_.joinable()) return std::nullopt;
  stop_.request_stop();
  thread_.join();
  if (!load_stopped_) return save(abandoned_.get_token());
  update_state();
  base::log_warning("{} was not loaded to its end, and stays as it is", place_->path());
  return std::nullopt;
}

void Snapshots::abandon() noexcept {
  abandoned_.request_stop();
  stop_.request_stop();
}

void Snapshots::run(const std::stop_token& stop) {
  if (loader_) load(stop);
  // Only the stop request ever wakes this thread.
  constexpr std::chrono::seconds kGrain{1};  // of the interval, and of what is entered later
  constexpr std::chrono::seconds kLongestPause{64};
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock{mutex};
  auto saved = std::chrono::steady_clock::now();
  auto retry_at = saved;  // counts while the file is outdated
  auto pause = kGrain;
  while (!stop.stop_requested()) {
    const auto interval = interval_.load();
    const auto now = std::chrono::steady_clock::now();
    update_state();
    const bool due = interval != std::chrono::seconds::zero() && now - saved >= interval;
    if (due || (outdated_ && now >= retry_at)) {
      save(stop);
      saved = now;
      retry_at = outdated_ ? std::chrono::steady_clock::now() + pause : now;
      pause = outdated_ ? std::min(2 * pause, kLongestPause) : kGrain;
    }
    wake.wait_for(lock, stop, kGrain, [] { return false; });
  }
}

// ---- load ----

void Snapshots::load(const std::stop_token& stop) {
  const auto note = [this](std::uint64_t position, const store::LoadReport& so_far) {
    change_figures([&](SnapshotFigures& figures) {
      figures.loaded_bytes = position;
      figures.loaded_items = so_far.items;
    });
    update_state();
  };
  try {
    report_load(loader_->load(stop, note));
  } catch (const std::exception& error) {
    damaged_ = true;
    base::log_error("{} is not loaded to its end: {}", place_->path(), error.what());
  }
  outdated_ = outdated_ || damaged_;
  store_.end_restore();
  loader_.reset();
  change_figures([](SnapshotFigures& figures) { figures.loading = false; });
  loaded_ = true;
}

void Snapshots::report_load(const store::LoadReport& report) {
  load_stopped_ = report.stopped;
  damaged_ = report.damaged > 0 || !report.complete;
  change_figures([&](SnapshotFigures& figures) {
    figures.loaded_items = report.items;
    figures.last_items = report.items;
  });
  base::log_info("{}: {} items loaded, {} had expired, {} were flushed, {} were refused",
                 place_->path(), report.items, report.expired, report.flushed, report.refused);
  if (damaged_)
    base::log_error("{}: damaged in {} places{}; {} items were loaded all the same", place_->path(),
                    report.damaged, report.complete ? "" : " and incomplete", report.items);
}

// ---- save ----

/// Returns why the items are not saved; nothing if they are.
std::optional<std::string> Snapshots::save(const std::stop_token& stop) {
  change_figures([](SnapshotFigures& figures) { figures.saving = true; });
  std::string reason = "told to stop; the file that is there stays";
  try {
    const auto started = clock_.now();
    if (write_file(stop)) {
      const auto& written = current_.written;
      change_figures([&](SnapshotFigures& figures) {
        figures.saving = figures.failing = false;
        ++figures.saves;
        figures.last_success = clock_.wall_now();
        figures.last_duration = clock_.now() - started;
        figures.last_bytes = written.header.state_at + written.header.state_size;
        figures.last_items = written.items;
      });
      base::log_info("{}: {} items saved", place_->path(), written.items);
      return std::nullopt;
    }
    // A stop that is no abandonment is followed by another save.
    change_figures([](SnapshotFigures& figures) { figures.saving = false; });
    if (!abandoned_.stop_requested()) return std::nullopt;
  } catch (const std::exception& error) {
    reason = error.what();
  }
  return fail(reason);
}

std::string Snapshots::fail(std::string_view reason) {
  change_figures([](SnapshotFigures& figures) {
    figures.saving = false;
    figures.failing = true;
    ++figures.failures;
  });
  auto text = fmt::format("{} is not saved: {}", place_->path(), reason);
  base::log_error("{}", text);
  return text;
}

/// False where it was stopped. Then, and where it throws before the end, the file under the path is
/// untouched and no unfinished one is left.
bool Snapshots::write_file(const std::stop_token& stop) {
  if (stop.stop_requested()) return false;
  auto file = place_->create_unfinished();
  try {
    auto written = store::SnapshotWriter{store_, clock_, *file}.write(stop);
    if (!written || stop.stop_requested()) {
      place_->remove_unfinished();
      return false;
    }
    if (damaged_)
      base::log_warning("{} was damaged; it is kept as {}", place_->path(), place_->keep_aside());
    damaged_ = false;
    place_->publish();
    store_.flush_journal().forget(written->journal);
    current_ = {std::move(file), *std::move(written)};
    outdated_ = false;
    place_->sync_folder();
    return true;
  } catch (...) {
    place_->remove_unfinished();
    throw;
  }
}

/// Enters what has changed meanwhile into the file that is there.
void Snapshots::update_state() noexcept {
  if (!current_.file || outdated_) return;
  if (store_.flush_journal().latest() == current_.written.journal) return;
  try {
    store::update_snapshot(current_.written, store_, *current_.file);
    store_.flush_journal().forget(current_.written.journal);
  } catch (const std::exception& error) {
    // The file is as it was until run() replaces it. Attempts each second would fill the log.
    outdated_ = true;
    fail(fmt::format("a flush or a quota of later: {}", error.what()));
  }
}

}  // namespace cocached::server
