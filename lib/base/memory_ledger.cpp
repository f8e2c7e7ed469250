#include "base/memory_ledger.hpp"

namespace cocached::base {

MemoryLedger& MemoryLedger::unlimited() noexcept {
  static MemoryLedger ledger;
  return ledger;
}

}  // namespace cocached::base
