#include "store/pin.hpp"

#include "store/record.hpp"

namespace cocached::store {

std::span<char> Reservation::value() noexcept {
  return record_->value;
}

std::size_t Reservation::size() const noexcept {
  return record_->value.size();
}

Key Reservation::key() const noexcept {
  return Key(record_->key);
}

}  // namespace cocached::store
