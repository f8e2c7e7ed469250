#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

namespace cocached::command {

/// The claim that `bg` makes for the client's next request: its key's bucket, in a generation.
struct BucketClaim {
  std::uint16_t bucket = 0;
  std::uint32_t generation = 0;
};

/// The buckets of a managed instance, a feature of memcached 1.2. The server owns a bucket in one
/// generation, or not at all; it owns none at first. A manager that moves ranges of keys between
/// servers tells each server its buckets. A client with an older map claims an older generation and
/// is refused. Thread-safe: one atomic generation for each bucket, 0 if the server does not own it.
class ManagedBuckets {
 public:
  static constexpr std::int64_t kCount = 32768;
  static constexpr std::int64_t kMaxGeneration = std::numeric_limits<std::int32_t>::max();

  static bool exists(std::int64_t bucket) noexcept { return bucket >= 0 && bucket < kCount; }

  /// Returns nothing if there is no such bucket, or the generation is not in 1..kMaxGeneration.
  static std::optional<BucketClaim> make_claim(std::int64_t bucket,
                                               std::int64_t generation) noexcept {
    if (!exists(bucket) || generation < 1 || generation > kMaxGeneration) return std::nullopt;
    return BucketClaim{static_cast<std::uint16_t>(bucket), static_cast<std::uint32_t>(generation)};
  }

  void own(BucketClaim claim) noexcept { generations_[claim.bucket] = claim.generation; }

  /// `bucket` exists.
  void disown(std::int64_t bucket) noexcept { generations_[static_cast<std::size_t>(bucket)] = 0; }

  bool owns(BucketClaim claim) const noexcept {
    return generations_[claim.bucket] == claim.generation;
  }

 private:
  std::array<std::atomic<std::uint32_t>, kCount> generations_{};  // 0: not owned
};

}  // namespace cocached::command
