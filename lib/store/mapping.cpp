#include "store/mapping.hpp"

#include <cstdint>
#include <new>
#include <sys/mman.h>
#include <unistd.h>

namespace cocached::store {

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
  mapping.allow_huge_pages();
  return mapping;
}

void Mapping::allow_huge_pages() noexcept {
  madvise(data_, size_, MADV_HUGEPAGE);  // refused where there are none
}

// Keeps the pages [offset, offset + size).
void Mapping::cut(std::size_t offset, std::size_t size) noexcept {
  std::byte* const data = data_ + offset;
  if (offset != 0) munmap(data_, offset);
  if (offset + size != size_) munmap(data + size, size_ - offset - size);
  data_ = data;
  size_ = size;
}

Mapping::~Mapping() {
  if (data_ != nullptr) munmap(data_, size_);
}

void Mapping::release(std::size_t offset, std::size_t size) noexcept {
  if (size != 0) madvise(data_ + offset, size, MADV_DONTNEED);
}

std::size_t Mapping::page_size() noexcept {
  static const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

std::size_t Mapping::round_to_pages(std::size_t size) noexcept {
  return (size + page_size() - 1) / page_size() * page_size();
}

}  // namespace cocached::store
