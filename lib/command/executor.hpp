#pragma once

#include "command/batch.hpp"
#include "command/environment.hpp"
#include "protocol/request.hpp"

#include <optional>

namespace cocached::command {

/// What a request leaves its session to do.
enum class Outcome : std::uint8_t {
  answered,
  unfinished,  ///< the batch is full: send it, then execute the same request again
  hang_up,     ///< close when what is owed has been sent
};

/// Executes requests: one overload per struct of protocol/request.hpp, and the only place where
/// protocol and store meet. Replies go to the batch. Lives for one pass over a client's input.
class Executor {
 public:
  /// `resume` says how many bytes of a key list have been answered by earlier passes.
  Executor(Environment& environment, Batch& batch, std::size_t& resume) noexcept
      : env_(environment), batch_(batch), now_(environment.clock.coarse_now()), resume_(resume) {}

  Outcome operator()(const protocol::Get&);
  Outcome operator()(const protocol::Store&);
  Outcome operator()(const protocol::Remove&);
  Outcome operator()(const protocol::Arithmetic&);
  Outcome operator()(const protocol::Touch&);
  Outcome operator()(const protocol::Flush&);
  Outcome operator()(const protocol::Verbosity&);
  Outcome operator()(const protocol::MemoryLimit&);
  Outcome operator()(const protocol::Stats&);
  Outcome operator()(const protocol::Shutdown&);
  Outcome operator()(const protocol::Version&);
  Outcome operator()(const protocol::Noop&);
  Outcome operator()(const protocol::Quit&) noexcept { return Outcome::hang_up; }
  Outcome operator()(const protocol::HangUp&) noexcept { return Outcome::hang_up; }
  Outcome operator()(const protocol::Fixed&);

  /// For a storage command whose value is still to come: memory to read it into. None: the request
  /// was refused and answered, and its value is to be swallowed.
  std::optional<store::Reservation> reserve(const protocol::Store& request);
  void commit(store::Reservation reservation, bool compares_cas, bool quiet);

  void reply(std::string_view line, bool quiet = false);

 private:
  bool get_one(const store::Key& key, const protocol::Get& request,
               const store::ReadOptions& options);
  void count_get(store::ReadResult result, bool touches);
  bool accept_size(const protocol::Store& request);
  void refuse_to_store(const protocol::Store& request, store::WriteResult result);
  void finish_store(store::WriteResult result, bool compares_cas, bool quiet);
  store::WriteOptions write_options(const protocol::Store& request) const;

  Environment& env_;
  Batch& batch_;
  store::TimePoint now_;
  std::size_t& resume_;
};

}  // namespace cocached::command
