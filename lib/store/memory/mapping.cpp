// Data structures: an address and a size, owned by one mapping.
// Invariant: the range consists of whole pages, and released pages read as zeros until they are
// written again.
// The owner's lock guards a mapping. The advice by which pages are released is one atomic for the
// process, and each failure is logged once.

#include "store/memory/mapping.hpp"

#include "base/log.hpp"

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <new>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

namespace cocached::store {
namespace {

// Linux 5.18; the C library's headers don't know it everywhere.
constexpr int kDontNeedLocked = 24;

// kDontNeedLocked as soon as locked pages were met: it does for others, too.
std::atomic<int> release_advice = MADV_DONTNEED;

/// Logs the first failure of its kind: once a call fails, it does for every segment.
void report(std::atomic_flag& told, std::string_view failure) noexcept {
  const int error = errno;
  if (told.test_and_set()) return;
  const char* const reason = strerrordesc_np(error);
  base::log_warning("{}: {}", failure, reason != nullptr ? reason : "unknown error");
}

std::atomic_flag told_of_release;
std::atomic_flag told_of_unmapping;

}  // namespace

Mapping::Mapping(std::size_t size) : size_(round_to_pages(size)) {
  void* const address =
      mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED) throw std::bad_alloc();
  data_ = static_cast<std::byte*>(address);
}

Mapping Mapping::of_huge_pages(std::size_t size) {
  Mapping mapping(size + kHugePage);
  const std::size_t misaligned = reinterpret_cast<std::uintptr_t>(mapping.data_) % kHugePage;
  const std::size_t head = misaligned == 0 ? 0 : kHugePage - misaligned;
  mapping.cut(head, round_to_pages(size));
  mapping.allow_huge_pages();  // ordinary pages do, too
  return mapping;
}

bool Mapping::allow_huge_pages() noexcept {
  return madvise(data_, size_, MADV_HUGEPAGE) == 0;
}

// Keeps the pages [offset, offset + size).
void Mapping::cut(std::size_t offset, std::size_t size) noexcept {
  std::byte* const data = data_ + offset;
  if (offset != 0) munmap(data_, offset);
  if (offset + size != size_) munmap(data + size, size_ - offset - size);
  data_ = data;
  size_ = size;
}

// To unmap the middle of what the kernel keeps as one mapping makes two of it, which fails where
// the process has as many as it may (vm.max_map_count). The pages can be given back all the same.
Mapping::~Mapping() {
  if (data_ == nullptr || munmap(data_, size_) == 0) return;
  report(told_of_unmapping,
         "cannot unmap memory; its pages are free, but its addresses stay in use");
  release(0, size_);
}

void Mapping::release(std::size_t offset, std::size_t size) noexcept {
  if (size == 0) return;
  const int advice = release_advice.load(std::memory_order_relaxed);
  if (madvise(data_ + offset, size, advice) == 0) return;
  if (errno == EINVAL && advice != kDontNeedLocked &&
      madvise(data_ + offset, size, kDontNeedLocked) == 0) {
    release_advice.store(kDontNeedLocked, std::memory_order_relaxed);
    return;
  }
  if (errno == EINVAL && release_by_unlocking(offset, size)) return;
  report(told_of_release, "cannot give memory back to the system");
}

bool Mapping::release_by_unlocking(std::size_t offset, std::size_t size) noexcept {
  std::byte* const at = data_ + offset;
  if (munlock(at, size) != 0 || madvise(at, size, MADV_DONTNEED) != 0) return false;
  return mlock2(at, size, MLOCK_ONFAULT) == 0;
}

std::size_t Mapping::page_size() noexcept {
  static const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

std::size_t Mapping::round_to_pages(std::size_t size) noexcept {
  return (size + page_size() - 1) / page_size() * page_size();
}

}  // namespace cocached::store
