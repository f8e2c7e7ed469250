#pragma once

#include "replay/policy/ghost.hpp"
#include "replay/policy/policy.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <unordered_map>
#include <vector>

namespace cocached::replay {

/// Greedy-dual on FIFO queues of segments, which a log of segments can do without lists of objects.
///
/// An object's credit is frequency / size^1.5. There is one queue, a level, for each factor 2 of
/// credit, and an object is appended to the open segment at its level's end. A segment's priority
/// is the clock when it was opened plus its level's credit. The segment of least priority goes
/// first and sets the clock (as in GreedyDual-Size-Frequency; Cherkasova, 1998). Its objects that
/// were read are appended again with a higher frequency. The others are dropped, and the ghost
/// remembers their frequency, which fades, in case they come back.
///
/// The best life of a known object, compared with a new one's, depends on the load. So the credit
/// of each class of frequency has a multiplier that follows the ghost: a class was evicted too
/// early if its objects come back soon after their eviction, more often per byte than those of
/// other classes.
class GreedyDual final : public Policy {
 public:
  /// `capacity` is divided into about 128 segments, of at least `least_segment` each.
  explicit GreedyDual(std::size_t capacity, std::size_t least_segment = 1);

  bool request(const Object& object) override;

 private:
  static constexpr std::size_t kClasses = 3;

  struct Record {
    Object object;
    unsigned frequency = 1;   ///< 1..15: requests, without those in bursts
    unsigned reads = 0;       ///< 0..3, since it was appended
    std::size_t segment = 0;  ///< number of its segment
  };

  struct Segment {
    std::vector<std::uint32_t> keys;
    std::size_t bytes = 0;
    std::size_t number = 0;  ///< how many were opened before
    double priority = 0;
  };

  /// The figures from which the multiplier of one class of frequency is learned.
  struct Class {
    double multiplier = 1;
    double returned = 0;  ///< evicted objects that came back soon
    double evicted = 0;   ///< bytes
  };

  static std::size_t class_of(unsigned frequency);
  int level_of(const Record& record) const;
  void append(Record& record);
  void evict();
  void evict(Record& record);
  void learn();

  std::size_t segment_bytes_;
  std::size_t segment_limit_;
  std::size_t segments_ = 0;
  std::size_t opened_ = 0;  ///< segments, ever
  double clock_ = 0;
  std::map<int, std::deque<Segment>> levels_;  ///< oldest segment first, the last one is open
  std::unordered_map<std::uint32_t, Record> records_;
  Ghost ghost_;
  std::array<Class, kClasses> classes_;
  std::size_t evicted_since_learning_ = 0;  ///< bytes
};

}  // namespace cocached::replay
