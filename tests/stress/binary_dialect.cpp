#include "stress/dialect.hpp"
#include "stress/findings.hpp"

#include <cstdint>
#include <utility>

#include <fmt/format.h>

namespace cocached::stress {
namespace {

constexpr std::uint8_t kNoop = 0x0a;
constexpr std::uint8_t kQuietGetWithKey = 0x0d;
constexpr std::uint8_t kGetWithKey = 0x0c;
constexpr std::uint32_t kNeverCreate = 0xffffffff;

template <class Number>
void put(std::string& to, Number number) {
  for (int shift = 8 * static_cast<int>(sizeof number) - 8; shift >= 0; shift -= 8)
    to += static_cast<char>(number >> shift);
}

template <class Number>
Number take(std::string_view& from) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i)
    number =
        static_cast<Number>((std::uint64_t{number} << 8) | static_cast<unsigned char>(from[i]));
  from.remove_prefix(sizeof number);
  return number;
}

std::uint8_t opcode_of(Action action) noexcept {
  switch (action) {
    case Action::get:
      return kGetWithKey;
    case Action::get_and_touch:
      return 0x23;
    case Action::set:
    case Action::compare_and_set:
      return 0x01;
    case Action::add:
      return 0x02;
    case Action::replace:
      return 0x03;
    case Action::remove:
      return 0x04;
    case Action::increment:
      return 0x05;
    case Action::decrement:
      return 0x06;
    case Action::append:
      return 0x0e;
    case Action::prepend:
      return 0x0f;
    case Action::touch:
      return 0x1c;
  }
  return kNoop;
}

struct Header {
  std::uint8_t magic, opcode;
  std::uint16_t key_size;
  std::uint8_t extras_size, data_type;
  std::uint16_t status;
  std::uint32_t body_size, opaque;
  std::uint64_t cas;
};

Header read_header(Stream& stream) {
  auto bytes = stream.bytes(24);
  Header header{};
  header.magic = take<std::uint8_t>(bytes);
  header.opcode = take<std::uint8_t>(bytes);
  header.key_size = take<std::uint16_t>(bytes);
  header.extras_size = take<std::uint8_t>(bytes);
  header.data_type = take<std::uint8_t>(bytes);
  header.status = take<std::uint16_t>(bytes);
  header.body_size = take<std::uint32_t>(bytes);
  header.opaque = take<std::uint32_t>(bytes);
  header.cas = take<std::uint64_t>(bytes);
  if (header.magic != 0x81)
    throw Violation{fmt::format("a binary reply with the magic {:#x}", header.magic)};
  if (std::uint64_t{header.key_size} + header.extras_size > header.body_size)
    throw Violation{"a binary reply whose body is shorter than its key"};
  return header;
}

/// The binary protocol. Each request has an opaque number, which its reply must bear.
class Binary final : public Dialect {
 public:
  std::string_view name() const noexcept override { return "binary"; }
  bool takes_binary_keys() const noexcept override { return true; }

  void greet(Stream& stream) override {
    next_sent_ = next_answered_ = 1;
    std::string request;
    append(request, kNoop, next_sent_++, 0, {}, {}, {});
    stream.send(request);
    if (stream.peek() == 'E') throw Closed{"too many connections"};
    const auto header = read_header(stream);
    if (header.opcode != kNoop || header.opaque != next_answered_++ || header.status != 0)
      throw Violation{"the reply to a binary noop"};
  }

  /// Several gets are quiet ones, with a noop behind them.
  void encode(const Group& group, std::string& to) override {
    const bool quiet = group.size() > 1;
    for (const auto& operation : group)
      append(to, quiet ? kQuietGetWithKey : opcode_of(operation.action), next_sent_++,
             operation.action == Action::compare_and_set ? operation.number : 0,
             extras_of(operation), operation.key, operation.value);
    if (quiet) append(to, kNoop, next_sent_++, 0, {}, {}, {});
  }

  void decode(const Group& group, Stream& stream, const ReplySink& sink) override {
    if (group.size() == 1) {
      const auto header = read_header(stream);
      if (header.opaque != next_answered_++ || header.opcode != opcode_of(group.front().action))
        unexpected(group.front(), describe(header));
      return decode(group.front(), header, stream, sink);
    }
    for (const auto& operation : group) answer_quiet(operation, stream, sink);
    const auto header = header_ ? *std::exchange(header_, {}) : read_header(stream);
    if (header.opcode != kNoop || header.opaque != next_answered_++)
      unexpected(group.back(), describe(header));
  }

 private:
  /// A reply with a later number says that this get has missed.
  void answer_quiet(const Operation& operation, Stream& stream, const ReplySink& sink) {
    if (!header_) header_ = read_header(stream);
    if (header_->opaque != next_answered_++) return sink(operation, {.outcome = Outcome::missing});
    const auto header = *std::exchange(header_, {});
    if (header.opcode != kQuietGetWithKey) unexpected(operation, describe(header));
    decode(operation, header, stream, sink);
  }

  static std::string describe(const Header& header) {
    return fmt::format("opcode {:#x}, status {:#x}, opaque {}, {} bytes", header.opcode,
                       header.status, header.opaque, header.body_size);
  }

  static void append(std::string& to, std::uint8_t opcode, std::uint32_t opaque, std::uint64_t cas,
                     std::string_view extras, std::string_view key, std::string_view value) {
    put(to, std::uint8_t{0x80});
    put(to, opcode);
    put(to, static_cast<std::uint16_t>(key.size()));
    put(to, static_cast<std::uint8_t>(extras.size()));
    put(to, std::uint8_t{0});
    put(to, std::uint16_t{0});
    put(to, static_cast<std::uint32_t>(extras.size() + key.size() + value.size()));
    put(to, opaque);
    put(to, cas);
    to.append(extras).append(key).append(value);
  }

  static std::string extras_of(const Operation& operation) {
    std::string extras;
    switch (operation.action) {
      case Action::set:
      case Action::add:
      case Action::replace:
      case Action::compare_and_set:
        put(extras, operation.flags);
        put(extras, static_cast<std::uint32_t>(operation.ttl));
        break;
      case Action::increment:
      case Action::decrement:
        put(extras, operation.number);
        put(extras, std::uint64_t{0});
        put(extras, kNeverCreate);
        break;
      case Action::touch:
      case Action::get_and_touch:
        put(extras, static_cast<std::uint32_t>(operation.ttl));
        break;
      default:
        break;
    }
    return extras;
  }

  static Outcome outcome_of(const Operation& operation, const Header& header) {
    switch (header.status) {
      case 0x00:
        return Outcome::done;
      case 0x01:
        return operation.action == Action::replace ? Outcome::not_stored : Outcome::missing;
      case 0x02:
        return operation.action == Action::add ? Outcome::not_stored : Outcome::exists;
      case 0x03:
        return Outcome::too_large;
      case 0x05:
        return Outcome::not_stored;
      case 0x82:
        return Outcome::no_memory;
      default:
        unexpected(operation, describe(header));
    }
  }

  static void decode(const Operation& operation, const Header& header, Stream& stream,
                     const ReplySink& sink) {
    auto body = stream.bytes(header.body_size);
    Reply reply{.outcome = outcome_of(operation, header)};
    if (reply.outcome != Outcome::done) return sink(operation, reply);
    if (header.cas != 0) reply.cas = header.cas;
    switch (operation.action) {
      case Action::get:
      case Action::get_and_touch:
        if (header.extras_size != 4 || body.substr(4, header.key_size) != operation.key)
          unexpected(operation, describe(header));
        reply.flags = take<std::uint32_t>(body);
        reply.value = body.substr(header.key_size);
        reply.outcome = Outcome::found;
        break;
      case Action::increment:
      case Action::decrement:
        if (body.size() != 8) unexpected(operation, describe(header));
        reply.number = take<std::uint64_t>(body);
        reply.outcome = Outcome::number;
        break;
      default:
        break;
    }
    sink(operation, reply);
  }

  std::uint32_t next_sent_ = 1;
  std::uint32_t next_answered_ = 1;
  std::optional<Header> header_;  // read, and not used up
};

}  // namespace

std::unique_ptr<Dialect> make_binary() {
  return std::make_unique<Binary>();
}

}  // namespace cocached::stress
