#pragma once

#include "command/batch.hpp"
#include "command/environment.hpp"
#include "command/execute/arriving_value.hpp"
#include "command/execute/expiry_time.hpp"
#include "command/execute/managed_buckets.hpp"
#include "command/stats/listing.hpp"
#include "command/turn_budget.hpp"
#include "command/watch/watchers.hpp"
#include "protocol/reply.hpp"
#include "protocol/reply_texts.hpp"
#include "protocol/request.hpp"

#include <memory>
#include <optional>

namespace cocached::command {

/// The next action of a session after it has executed a request.
enum class Outcome : std::uint8_t {
  answered,
  unfinished,  ///< execute the same request again: after the batch is sent if it is full, or else
               ///< after other connections have had a turn
  log_in,      ///< start a login with this request
  hang_up,     ///< send the batch, then close
  watch,       ///< show the client events from now on
};

/// The progress of an unfinished request: earlier passes have answered a part of it.
struct RequestProgress {
  std::size_t key_bytes = 0;              ///< bytes of a list of keys that are answered
  std::optional<store::ScanCursor> dump;  ///< the place where a dump goes on
  std::unique_ptr<Listing> listing;       ///< the rest of a listing
  std::optional<BucketClaim> claim;       ///< managed instance: the client's latest `bg`
  bool claim_accepted = false;            ///< the unfinished request's claim was good
};

/// Returns the bytes behind a value on the wire: a line end, or nothing in binary.
inline std::string_view line_end(const protocol::WireFormat& form) noexcept {
  return form.dialect == protocol::Dialect::binary ? std::string_view{} : protocol::text::kLineEnd;
}

/// The bytes that follow the header of a storage command: the value, and in text its line end.
inline std::size_t data_size(const protocol::Storage& request) noexcept {
  return request.length + line_end(request.form).size();
}

/// Executes the requests of one client: one overload per struct of protocol/request.hpp, for every
/// dialect. An overload turns the request into calls of the store, and writes the reply to the
/// batch. The object lives for one pass over the client's input and is used by one thread.
///
/// An overload throws base::NoMoreMemory if the batch gets no memory for the reply.
class Executor {
 public:
  /// `progress` belongs to the first request. `turn` is charged with the work. All references
  /// outlive the pass. `client` is the connection's descriptor, which watchers are shown.
  Executor(Environment& environment, Batch& batch, RequestProgress& progress, TurnBudget& turn,
           int client = -1) noexcept
      : env_(environment),
        batch_(batch),
        now_(environment.clock.coarse_now()),
        progress_(progress),
        turn_(turn),
        client_(client),
        watched_(environment.watchers != nullptr ? environment.watchers->topics() : Topics{0}) {}

  Outcome operator()(const protocol::Get&);
  Outcome operator()(const protocol::Lookup&);
  Outcome operator()(const protocol::Storage&);
  Outcome operator()(const protocol::Remove&);
  Outcome operator()(const protocol::Arithmetic&);
  Outcome operator()(const protocol::Touch&);
  Outcome operator()(const protocol::Debug&);
  Outcome operator()(const protocol::Flush&);
  Outcome operator()(const protocol::Verbosity&);
  Outcome operator()(const protocol::MemoryLimit&);
  Outcome operator()(const protocol::RefreshCertificates&);
  Outcome operator()(const protocol::Stats&);
  Outcome operator()(const protocol::Dump&);
  Outcome operator()(const protocol::Namespace&);
  Outcome operator()(const protocol::Bucket&);
  Outcome operator()(const protocol::Watch&);
  Outcome operator()(const protocol::Shutdown&);
  Outcome operator()(const protocol::Version&);
  Outcome operator()(const protocol::Noop&);
  Outcome operator()(const protocol::Quit&);
  Outcome operator()(const protocol::Sasl&);
  Outcome operator()(const protocol::HangUp&) noexcept { return Outcome::hang_up; }
  Outcome operator()(const protocol::Fixed&);
  Outcome operator()(const protocol::Refused&);

  /// Executes a request of a managed instance. A request that works on items needs a claim (`bg`)
  /// to a bucket that this server owns; without one, the executor replies with an error.
  Outcome execute_managed(const protocol::Request& request);

  /// The reason why `get_keys` stopped.
  enum class KeysStop : std::uint8_t { done, batch_full, turn_over, bad_key };

  /// Answers the keys in `keys` as `list` asks, and removes the answered ones from `keys`.
  KeysStop get_keys(const protocol::Get& list, std::string_view& keys);

  /// Returns true if the list of keys may be answered, which is so unless a managed instance lacks
  /// a good claim. Writes the error if it returns false, and uses up the claim.
  bool use_claim_for_list() { return env_.buckets == nullptr || use_claim({}); }

  /// Prepares for a storage command whose value has not arrived. Returns the place to read the
  /// value to, in the store or in `blocks`. Returns null if the request is refused and the reply
  /// written; the session drops the value then.
  std::unique_ptr<ArrivingValue> expect_value(const protocol::Storage& request,
                                              base::BlockPool& blocks);
  /// Stores a whole value and writes the reply.
  void commit(ArrivingValue& arrived);
  /// Writes the error for a value whose rest gets no memory.
  void refuse_value(const ArrivingValue& arrived);

  /// Sets the key of the next request, which is hashed already. The executor uses it only if it
  /// views the same bytes as the request's key.
  void set_hashed_key(const store::Key& key) noexcept { hashed_ = key; }

  /// Writes `line` and its line end, unless `quiet`.
  void reply(std::string_view line, bool quiet = false);
  void reply_bad_data(const protocol::WireFormat& form);

 private:
  /// The facts that watchers see of a stored item.
  struct PeekedItem {
    std::size_t size = 0;
    store::TimePoint deadline = store::kNever;
  };

  bool is_watched(Topic topic) const noexcept { return (watched_ & protocol::bit(topic)) != 0; }
  void show_fetch(const store::Key& key, store::ReadResult result);
  void show_mutation(const store::Key& key, const store::WriteOptions& options,
                     store::WriteResult result, std::size_t size);
  void show_created(const store::Key& key, store::TimePoint deadline, std::size_t size);
  PeekedItem peek(const store::Key& key);
  void show_deletion(const store::Key& key, const protocol::Remove& request, std::size_t size);

  bool get_list(const protocol::Get& request);
  void get_one(const store::Key& key, const protocol::Get& request,
               const store::ReadOptions& options);
  void append_dumped(protocol::Dump::Format format, const store::ItemView& item,
                     store::Duration started);
  Outcome begin_stats(const protocol::Stats& request, StatSink& sink);
  Outcome continue_listing(StatSink& sink);
  Outcome list_namespaces(std::string_view name);
  bool change_namespace(const protocol::Namespace& request);
  bool use_claim(const protocol::WireFormat& form);
  void remember_claim(std::int64_t bucket, std::int64_t generation) noexcept;
  void own_or_disown(const protocol::Bucket& request);
  void count_read(store::ReadResult result, bool touches);
  void note_read(const store::Key& key, store::ReadResult result, std::size_t size,
                 std::optional<store::TimePoint> touch);
  void append_found(const protocol::Lookup& request, const store::Hit& hit);
  std::string_view pin_or_copy_value(const store::Hit& hit);
  void append_value(std::string_view held);
  std::optional<store::Reservation> reserve(const protocol::Storage& request,
                                            const store::WriteOptions& options);
  void refuse_to_store(const protocol::Storage& request, store::WriteResult result);
  void note_write(const store::Key& key, const store::WriteReceipt& receipt,
                  const store::WriteOptions& options);
  void count_write(store::WriteResult result, bool compares_cas);
  void count_remove(store::RemoveResult result, const protocol::WireFormat& form);
  void finish_store(const protocol::Storage& request, const store::WriteReceipt& receipt,
                    std::size_t sent);
  store::WriteOptions write_options(const protocol::Storage& request) const;
  std::optional<store::TimePoint> deadline(
      const std::optional<protocol::ExpiryTime>& expiry) const noexcept {
    return expiry ? std::optional{deadline_of(*expiry, env_.clock)} : std::nullopt;
  }

  Environment& env_;
  Batch& batch_;
  store::TimePoint now_;
  RequestProgress& progress_;
  TurnBudget& turn_;
  store::Key hashed_;
  const int client_;
  const Topics watched_;
};

}  // namespace cocached::command
