#pragma once

#include "protocol/limits.hpp"
#include "protocol/request.hpp"
#include "tests/fuzz/fuzzing.hpp"

#include <variant>

namespace cocached::fuzz {

/// Checks the invariants of every request that a parser makes of `input`: it views only the input,
/// its keys have a valid length, and its value is not longer than the longest value.
class RequestCheck {
 public:
  explicit RequestCheck(std::string_view input) noexcept : input_(input) {}

  void operator()(const protocol::Get& get) const {
    demand(!get.keys.empty() && views(get.keys, input_), "a list of keys is of the input");
  }
  void operator()(const protocol::Storage& store) const {
    check_key(store);
    demand(store.length <= protocol::kMaxAnnouncedValue, "a value's length is bounded");
    demand(store.data.empty(), "a parser of lines sees no value");
  }
  void operator()(const protocol::Lookup& request) const { check_key(request); }
  void operator()(const protocol::Remove& request) const { check_key(request); }
  void operator()(const protocol::Arithmetic& request) const { check_key(request); }
  void operator()(const protocol::Touch& request) const { check_key(request); }
  void operator()(const protocol::Debug& request) const { check_key(request); }
  void operator()(const protocol::Stats& request) const {
    demand(views(request.arguments, input_), "arguments are of the input");
  }
  void operator()(const protocol::Namespace& request) const {
    demand(views(request.name, input_), "a name is of the input");
  }
  void operator()(const protocol::Fixed& request) const {
    demand(!request.reply.empty() && request.reply.size() <= protocol::kMaxReplyText &&
               !views(request.reply, input_),
           "a fixed reply is one of ours");
    demand(request.reply.find_first_of("\r\n") == std::string_view::npos, "a reply is one line");
    demand(request.swallow <= protocol::kMaxAnnouncedValue + 2, "what is swallowed is bounded");
  }
  void operator()(const auto&) const {}

 private:
  void check_key(const auto& request) const {
    const auto longest =
        request.form.base64_key ? protocol::kMaxEncodedKeySize : protocol::kMaxKeySize;
    demand(!request.key.empty() && request.key.size() <= longest, "a key is a key");
    demand(views(request.key, input_), "a key is of the input");
    demand(views(request.form.key, input_) && views(request.form.flags, input_),
           "a form is of the input");
  }

  std::string_view input_;
};

inline void check(const protocol::Request& request, std::string_view input) {
  std::visit(RequestCheck{input}, request);
}

}  // namespace cocached::fuzz
