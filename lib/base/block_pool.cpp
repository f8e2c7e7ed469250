#include "base/block_pool.hpp"

#include <new>
#include <sys/mman.h>

namespace cocached::base {

BlockPool::Memory BlockPool::map() {
  void* memory =
      ::mmap(nullptr, kBlockSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc{};
  return Memory{static_cast<char*>(memory)};
}

BlockPool::Block BlockPool::map_one(MemoryUse need) {
  Booking booking{ledger_};
  if (!booking.try_add(kBlockSize, need)) {
    ++refused_;
    return {};
  }
  Block block{*this, map()};
  booking.keep();
  ++used_;
  return block;
}

void BlockPool::unmap(Memory memory) noexcept {
  memory.reset();
  ledger_.give_back(kBlockSize);
}

void BlockPool::trim() noexcept {
  while (!free_.empty()) {
    unmap(std::move(free_.back()));
    free_.pop_back();
  }
}

void BlockPool::Unmap::operator()(char* block) const noexcept {
  ::munmap(block, kBlockSize);
}

}  // namespace cocached::base
