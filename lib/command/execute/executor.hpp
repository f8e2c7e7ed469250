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

/// What a request leaves its session to do.
enum class Outcome : std::uint8_t {
  answered,
  unfinished,  ///< execute the same request again: after the batch is sent if that is full, and
               ///< else after other connections have had a turn
  log_in,      ///< the request is part of a login
  hang_up,     ///< close when what is owed has been sent
  watch,       ///< show what happens, from now on
};

/// How far a request has been answered by earlier passes that left it unfinished.
struct RequestProgress {
  std::size_t key_bytes = 0;              ///< of a list of keys
  std::optional<store::ScanCursor> dump;  ///< where it goes on
  std::unique_ptr<Listing> listing;       ///< the rest of it
  std::optional<BucketClaim> claim;       ///< of a managed instance: the latest `bg`
  bool claim_accepted = false;            ///< its claim was good
};

/// What ends a value on the wire in this form: a line end, or in binary nothing.
inline std::string_view line_end(const protocol::WireFormat& form) noexcept {
  return form.dialect == protocol::Dialect::binary ? std::string_view{} : protocol::text::kLineEnd;
}

/// Executes requests: one overload per struct of protocol/request.hpp, whatever dialect it came in,
/// and the only place where protocol and store meet. Replies go to the batch. Lives for one pass
/// over a client's input.
class Executor {
 public:
  /// `progress` is that of the first request. The work is charged to `turn`. Both outlive the pass.
  /// `client` is the descriptor of the connection, for those who watch.
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

  /// The same in a managed instance: what works on items needs a claim to a bucket that is owned.
  Outcome execute_managed(const protocol::Request& request);

  /// Why `get_keys` stopped.
  enum class KeysStop : std::uint8_t { done, batch_full, turn_over, bad_key };

  /// Answers the keys that `keys` lists, as `list` asks, and cuts off what is answered.
  KeysStop get_keys(const protocol::Get& list, std::string_view& keys);

  /// Whether a list of keys may be answered: always, but in a managed instance. If not, that is
  /// answered.
  bool admits_list() { return env_.buckets == nullptr || use_claim({}); }

  /// For a storage command whose value is still to come: the place to read the value to, in the
  /// store or in `blocks`. Null: the request was refused and answered, and its value is to be
  /// swallowed.
  std::unique_ptr<ArrivingValue> expect_value(const protocol::Storage& request,
                                              base::BlockPool& blocks);
  /// Stores a value that is whole.
  void commit(ArrivingValue& arrived);
  /// There is no memory for the rest of a value.
  void refuse_value(const ArrivingValue& arrived);

  /// The key of the next request, hashed already. Only a hint: its bytes are those of the request.
  void hashed_ahead(const store::Key& key) noexcept { hashed_ = key; }

  void reply(std::string_view line, bool quiet = false);
  void reply_bad_data(const protocol::WireFormat& form);

 private:
  /// What is shown of an item that is there.
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
                 const store::ReadOptions& options);
  void append_found(const protocol::Lookup& request, const store::Hit& hit);
  std::string_view pin_or_copy_value(const store::Hit& hit);
  void append_value(std::string_view held);
  std::optional<store::Reservation> reserve(const protocol::Storage& request,
                                            const store::WriteOptions& options);
  void refuse_to_store(const protocol::Storage& request, store::WriteResult result);
  void note_write(const store::Key& key, const store::WriteReceipt& receipt,
                  const store::WriteOptions& options);
  void count_write(store::WriteResult result, bool compares_cas);
  void finish_store(const store::WriteReceipt& receipt, const protocol::WireFormat& form,
                    bool compares_cas);
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
