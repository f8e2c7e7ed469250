#include "store/log.hpp"

#include <algorithm>

namespace cocached::store {

ItemView Log::Entry::view() const {
  return {.key = key(),
          .value = value,
          .client_flags = header.client_flags,
          .cas = header.cas,
          .deadline = header.deadline,
          .last_access = header.last_access,
          .fetched = header.fetched,
          .stale = header.stale,
          .binary_key = header.binary_key};
}

std::optional<Log::Entry> Log::find(const Key& key, TimePoint now, ReadResult& why) {
  why = ReadResult::not_found;
  const auto [first, last] = records_.equal_range(key.hash);
  const auto it = std::find_if(first, last, [&](auto& r) { return r.second->key == key.bytes; });
  if (it == last) return std::nullopt;
  const Record& record = *it->second;
  if (record.generation == generation_ && record.header.deadline > now) {
    why = ReadResult::hit;
    return Entry{record.header, record.value, it};
  }
  why = record.generation == generation_ ? ReadResult::expired : ReadResult::flushed;
  if (why == ReadResult::expired) {
    ++stats.reclaimed;
    stats.expired_unfetched += !record.header.fetched;
  }
  drop(it);
  return std::nullopt;
}

std::shared_ptr<Record> Log::reserve(const Key& key, std::size_t size) {
  auto record = std::make_shared<Record>();
  record->key = key.bytes;
  record->value.resize(size);
  if (record->footprint() > limit()) return nullptr;
  return record;
}

bool Log::adopt(std::shared_ptr<Record> record, const Key& key, const Header& header) {
  const auto [first, last] = records_.equal_range(key.hash);
  const auto old = std::find_if(first, last, [&](auto& r) { return r.second->key == key.bytes; });
  const std::shared_ptr<Record> keep = old == last ? nullptr : old->second;
  const std::size_t before = keep ? keep->footprint() : 0;
  if (keep) drop(old);
  if (!make_room(record->footprint())) {
    if (keep && used_ + before <= limit()) {
      used_ += before;
      keep->used = ++tick_;
      by_use_[tick_] = records_.emplace(key.hash, keep);
    }
    return false;
  }
  record->header = header;
  record->generation = generation_;
  record->used = ++tick_;
  used_ += record->footprint();
  by_use_[tick_] = records_.emplace(key.hash, std::move(record));
  return true;
}

bool Log::put(const Key& key, const Header& header, std::string_view head, std::string_view tail) {
  auto record = reserve(key, head.size() + tail.size());
  if (!record) return false;
  std::copy(head.begin(), head.end(), record->value.begin());
  std::copy(tail.begin(), tail.end(),
            record->value.begin() + static_cast<std::ptrdiff_t>(head.size()));
  return adopt(std::move(record), key, header);
}

bool Log::update(const Entry& entry) {
  entry.place->second->header = entry.header;
  return true;
}

void Log::erase(const Entry& entry) {
  drop(entry.place);
}

void Log::bump(const Entry& entry) {
  Record& record = *entry.place->second;
  by_use_.erase(record.used);
  record.used = ++tick_;
  by_use_[tick_] = entry.place;
}

void Log::add_to(Stats& total) const {
  total.items += records_.size();
  total.item_bytes += used_;
  total.memory_used += used_;
  total.segment_bytes += used_;
  total.live_bytes += used_;
  total.main_items += records_.size();
  total.items_stored += stats.items_stored;
  total.evictions += stats.evictions;
  total.evicted_unfetched += stats.evicted_unfetched;
  total.evicted_nonzero += stats.evicted_nonzero;
  total.expired_unfetched += stats.expired_unfetched;
  total.reclaimed += stats.reclaimed;
  total.no_memory += stats.no_memory;
  total.main_hits += stats.main_hits;
}

bool Log::trim() {
  make_room(0);
  return false;
}

bool Log::make_room(std::size_t bytes) {
  if (bytes > limit()) return false;
  while (used_ + bytes > limit()) {
    if (!evict_ || by_use_.empty()) return false;
    const Record& oldest = *by_use_.begin()->second->second;
    ++stats.evictions;
    stats.evicted_unfetched += !oldest.header.fetched;
    stats.evicted_nonzero += oldest.header.deadline != kNever;
    drop(by_use_.begin()->second);
  }
  return true;
}

void Log::drop(Records::iterator place) {
  used_ -= place->second->footprint();
  by_use_.erase(place->second->used);
  records_.erase(place);
}

}  // namespace cocached::store
