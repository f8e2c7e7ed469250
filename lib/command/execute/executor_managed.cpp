#include "command/execute/executor.hpp"
#include "protocol/reply_texts.hpp"

#include <type_traits>
#include <utility>
#include <variant>

namespace cocached::command {
namespace {

namespace text = protocol::text;
using protocol::Bucket;

/// Returns the format of a request that reads or changes items; null for any other request.
const protocol::WireFormat* data_form(const protocol::Request& request) noexcept {
  const auto form_of = [](const auto& one) -> const protocol::WireFormat* {
    using One = std::remove_cvref_t<decltype(one)>;
    using namespace protocol;
    if constexpr (std::is_same_v<One, Get>) {
      static constexpr WireFormat kLoud{};
      return &kLoud;
    } else if constexpr (std::is_same_v<One, Lookup> || std::is_same_v<One, Storage> ||
                         std::is_same_v<One, Remove> || std::is_same_v<One, Arithmetic> ||
                         std::is_same_v<One, Touch>) {
      return &one.form;
    } else {
      return nullptr;
    }
  };
  return std::visit(form_of, request);
}

}  // namespace

/// An unfinished request keeps the claim with which it began, so each claim serves one request.
Outcome Executor::execute_managed(const protocol::Request& request) {
  if (!std::exchange(progress_.claim_accepted, false)) {
    const auto* form = data_form(request);
    if (form != nullptr && !use_claim(*form)) return Outcome::answered;
  }
  const auto outcome = std::visit(*this, request);
  progress_.claim_accepted = outcome == Outcome::unfinished;
  return outcome;
}

/// Uses up the client's latest `bg`. Returns true if it names a bucket and generation that this
/// server owns; otherwise writes the error, unless the request is quiet, and returns false.
bool Executor::use_claim(const protocol::WireFormat& form) {
  const auto claim = std::exchange(progress_.claim, std::nullopt);
  if (claim && env_.buckets->owns(*claim)) return true;
  reply(claim ? text::kNotOwner : text::kNoBucket,
        form.quiet && form.dialect == protocol::Dialect::text);
  return false;
}

Outcome Executor::operator()(const Bucket& request) {
  using Action = Bucket::Action;
  if (env_.buckets == nullptr)
    reply(text::kNotManaged);
  else if (!request.number)
    reply(text::kBadBucketFormat);
  else if (request.action == Action::claim)  // `bg` never has a reply
    remember_claim(*request.number, request.generation);
  else if (!ManagedBuckets::exists(*request.number))
    reply(text::kBadBucket);
  else
    own_or_disown(request);
  return Outcome::answered;
}

void Executor::remember_claim(std::int64_t bucket, std::int64_t generation) noexcept {
  if (const auto claim = ManagedBuckets::make_claim(bucket, generation)) progress_.claim = claim;
}

void Executor::own_or_disown(const Bucket& request) {
  const bool owns = request.action == Bucket::Action::own;
  const auto claim = ManagedBuckets::make_claim(*request.number, request.generation);
  if (owns && claim)
    env_.buckets->own(*claim);
  else
    env_.buckets->disown(
        *request.number);  // `own` with an impossible generation leaves the bucket without owner
  reply(owns ? text::kOwned : text::kDisowned);
}

}  // namespace cocached::command
