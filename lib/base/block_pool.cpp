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

void BlockPool::refuse() {
  ++refused_;
  throw NoMoreBlocks{};
}

void BlockPool::Unmap::operator()(char* block) const noexcept {
  ::munmap(block, kBlockSize);
}

}  // namespace cocached::base
