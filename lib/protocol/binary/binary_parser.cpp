// The parser reads the header, finds the opcode's row in `kOperations`, and checks the message
// against that row: the size of the extras, whether there is a key, and whether a value may follow.
// The row's function then makes the request. The parser keeps no state and takes no lock.
//
// Invariant: every size in a message that reaches a row's function has been checked against
// `body_size`, so BinaryMessage::value_size() cannot underflow.

#include "protocol/binary/binary_parser.hpp"

#include "protocol/binary/binary_format.hpp"
#include "protocol/limits.hpp"

#include <algorithm>

#include <boost/endian/conversion.hpp>

namespace cocached::protocol {
namespace {

using binary::Opcode;

/// The expiry time with which an increment or decrement does not create a missing item.
constexpr std::uint32_t kDoNotCreate = 0xffffffff;

template <class Number>
Number load(std::string_view bytes, std::size_t at) noexcept {
  return boost::endian::endian_load<Number, sizeof(Number), boost::endian::order::big>(
      reinterpret_cast<const unsigned char*>(bytes.data() + at));
}

/// A message whose header has arrived. `extras` and `key` view the input.
struct BinaryMessage {
  WireFormat form;
  Opcode opcode{};
  std::size_t extras_size = 0;
  std::size_t key_size = 0;
  std::size_t body_size = 0;
  std::optional<std::uint64_t> cas;  // 0 on the wire: none
  std::string_view extras;
  std::string_view key;

  std::size_t value_size() const noexcept { return body_size - extras_size - key_size; }

  /// Reads the expiry time at `at`, an unsigned 32-bit number. A client writes a negative one as
  /// its two's complement, so the last 30 days before 2^32 (in 2106) mean "expired".
  ExpiryTime expiry(std::size_t at) const noexcept {
    constexpr ExpiryTime kEnd = ExpiryTime{1} << 32;
    constexpr ExpiryTime kThirtyDays = 60L * 60 * 24 * 30;
    const ExpiryTime number = load<std::uint32_t>(extras, at);
    return number < kEnd - kThirtyDays ? number : number - kEnd;
  }
};

BinaryMessage read_header(std::string_view input) noexcept {
  BinaryMessage message;
  message.opcode = static_cast<Opcode>(load<std::uint8_t>(input, 1));
  message.key_size = load<std::uint16_t>(input, 2);
  message.extras_size = load<std::uint8_t>(input, 4);
  message.body_size = load<std::uint32_t>(input, 8);
  message.form = {.dialect = Dialect::binary,
                  .opcode = load<std::uint8_t>(input, 1),
                  .opaque = load<std::uint32_t>(input, 12)};
  if (const auto cas = load<std::uint64_t>(input, 16); cas != 0) message.cas = cas;
  return message;
}

/// Returns the loud opcode of `opcode`, and sets `quiet` if `opcode` is a quiet one.
Opcode loud_form_of(Opcode opcode, bool& quiet) noexcept {
  quiet = true;
  switch (opcode) {
    case Opcode::get_quiet:
      return Opcode::get;
    case Opcode::get_key_quiet:
      return Opcode::get_key;
    case Opcode::set_quiet:
      return Opcode::set;
    case Opcode::add_quiet:
      return Opcode::add;
    case Opcode::replace_quiet:
      return Opcode::replace;
    case Opcode::remove_quiet:
      return Opcode::remove;
    case Opcode::increment_quiet:
      return Opcode::increment;
    case Opcode::decrement_quiet:
      return Opcode::decrement;
    case Opcode::quit_quiet:
      return Opcode::quit;
    case Opcode::flush_quiet:
      return Opcode::flush;
    case Opcode::append_quiet:
      return Opcode::append;
    case Opcode::prepend_quiet:
      return Opcode::prepend;
    case Opcode::get_and_touch_quiet:
      return Opcode::get_and_touch;
    case Opcode::get_and_touch_key_quiet:
      return Opcode::get_and_touch_key;
    default:
      quiet = false;
      return opcode;
  }
}

// The parsers of the frequent requests build them in place; request.hpp gives the reason.

Request parse_lookup(const BinaryMessage& message, bool with_key, bool touches) {
  Request request{std::in_place_type<Lookup>, message.form, message.key, true, with_key};
  if (touches) std::get<Lookup>(request).touch = message.expiry(0);
  return request;
}

Request parse_store(const BinaryMessage& message, StoreMode mode) {
  const bool concatenates = mode == StoreMode::append || mode == StoreMode::prepend;
  const auto client_flags = concatenates ? 0 : load<std::uint32_t>(message.extras, 0);
  const auto expiry = concatenates ? 0 : message.expiry(4);
  return Request{std::in_place_type<Storage>, message.form, mode, message.key, client_flags, expiry,
                 message.value_size(),        message.cas};
}

Request parse_arithmetic(const BinaryMessage& message, bool increment) {
  Arithmetic arithmetic{.form = message.form,
                        .increment = increment,
                        .key = message.key,
                        .delta = load<std::uint64_t>(message.extras, 0),
                        .initial = load<std::uint64_t>(message.extras, 8),
                        .compare_cas = message.cas};
  if (load<std::uint32_t>(message.extras, 16) != kDoNotCreate)
    arithmetic.vivify = message.expiry(16);
  return arithmetic;
}

Request parse_flush_message(const BinaryMessage& message) {
  return Flush{message.form, message.extras_size == 4 ? message.expiry(0) : 0};
}

Request parse_sasl(const BinaryMessage& message, Sasl::Step step) {
  return Sasl{message.form, step, message.key};
}

enum class KeyRule : std::uint8_t { none, required, optional };

/// The rule for a value: none may follow, the executor takes it, or the session skips it.
enum class ValueRule : std::uint8_t { none, taken, skipped };

/// One row of the protocol's table: the parts that a request must have, and its parser.
struct Operation {
  Opcode opcode;
  std::size_t extras;  // bytes
  bool extras_optional;
  KeyRule key;
  ValueRule value;
  Request (*parse)(const BinaryMessage&);
};

constexpr Operation kOperations[] = {
    {Opcode::get, 0, false, KeyRule::required, ValueRule::none,
     [](const BinaryMessage& m) { return parse_lookup(m, false, false); }},
    {Opcode::get_key, 0, false, KeyRule::required, ValueRule::none,
     [](const BinaryMessage& m) { return parse_lookup(m, true, false); }},
    {Opcode::set, 8, false, KeyRule::required, ValueRule::taken,
     [](const BinaryMessage& m) { return parse_store(m, StoreMode::set); }},
    {Opcode::add, 8, false, KeyRule::required, ValueRule::taken,
     [](const BinaryMessage& m) { return parse_store(m, StoreMode::add); }},
    {Opcode::replace, 8, false, KeyRule::required, ValueRule::taken,
     [](const BinaryMessage& m) { return parse_store(m, StoreMode::replace); }},
    {Opcode::remove, 0, false, KeyRule::required, ValueRule::none,
     [](const BinaryMessage& m) -> Request {
       return Remove{.form = m.form, .key = m.key, .compare_cas = m.cas};
     }},
    {Opcode::increment, 20, false, KeyRule::required, ValueRule::none,
     [](const BinaryMessage& m) { return parse_arithmetic(m, true); }},
    {Opcode::decrement, 20, false, KeyRule::required, ValueRule::none,
     [](const BinaryMessage& m) { return parse_arithmetic(m, false); }},
    {Opcode::quit, 0, false, KeyRule::none, ValueRule::none,
     [](const BinaryMessage& m) -> Request { return Quit{m.form}; }},
    {Opcode::flush, 4, true, KeyRule::none, ValueRule::none, parse_flush_message},
    {Opcode::noop, 0, false, KeyRule::none, ValueRule::none,
     [](const BinaryMessage& m) -> Request { return Noop{m.form}; }},
    {Opcode::version, 0, false, KeyRule::none, ValueRule::none,
     [](const BinaryMessage& m) -> Request { return Version{m.form}; }},
    {Opcode::append, 0, false, KeyRule::required, ValueRule::taken,
     [](const BinaryMessage& m) { return parse_store(m, StoreMode::append); }},
    {Opcode::prepend, 0, false, KeyRule::required, ValueRule::taken,
     [](const BinaryMessage& m) { return parse_store(m, StoreMode::prepend); }},
    {Opcode::stat, 0, false, KeyRule::optional, ValueRule::none,
     [](const BinaryMessage& m) -> Request { return Stats{m.form, m.key}; }},
    {Opcode::touch, 4, false, KeyRule::required, ValueRule::none,
     [](const BinaryMessage& m) -> Request { return Touch{m.form, m.key, m.expiry(0)}; }},
    {Opcode::get_and_touch, 4, false, KeyRule::required, ValueRule::none,
     [](const BinaryMessage& m) { return parse_lookup(m, false, true); }},
    {Opcode::get_and_touch_key, 4, false, KeyRule::required, ValueRule::none,
     [](const BinaryMessage& m) { return parse_lookup(m, true, true); }},
    {Opcode::sasl_list, 0, false, KeyRule::none, ValueRule::none,
     [](const BinaryMessage& m) { return parse_sasl(m, Sasl::Step::list); }},
    {Opcode::sasl_auth, 0, false, KeyRule::required, ValueRule::skipped,
     [](const BinaryMessage& m) { return parse_sasl(m, Sasl::Step::start); }},
    {Opcode::sasl_step, 0, false, KeyRule::required, ValueRule::skipped,
     [](const BinaryMessage& m) { return parse_sasl(m, Sasl::Step::go_on); }},
};

bool is_well_formed(const BinaryMessage& message, const Operation& command) noexcept {
  const bool extras = message.extras_size == command.extras ||
                      (command.extras_optional && message.extras_size == 0);
  const bool key = command.key == KeyRule::optional ||
                   (message.key_size > 0) == (command.key == KeyRule::required);
  return extras && key && (command.value != ValueRule::none || message.value_size() == 0);
}

Parsed refuse(const BinaryMessage& message, std::uint16_t status, bool hang_up, bool unknown) {
  return {.request = Refused{message.form, status, hang_up, unknown},
          .size = binary::kHeaderSize,
          .swallow = hang_up ? 0 : message.body_size};
}

Parsed parse_command(const BinaryMessage& message, const Operation& command) {
  return {.request = command.parse(message),
          .size = binary::kHeaderSize + message.body_size - message.value_size(),
          .swallow = command.value == ValueRule::skipped ? message.value_size() : 0};
}

}  // namespace

WireFormat binary_form(std::string_view input) noexcept {
  return read_header(input).form;
}

Parsed parse_binary(std::string_view input) {
  if (input.size() < binary::kHeaderSize) return {};
  auto message = read_header(input);
  const bool impossible = message.extras_size + message.key_size > message.body_size ||
                          message.body_size > binary::kMaxBody || message.key_size > kMaxKeySize;
  const bool is_request = input.front() == binary::kRequestMagic;
  if (!is_request || impossible) return refuse(message, binary::kInvalid, true, !is_request);

  const auto opcode = loud_form_of(message.opcode, message.form.quiet);
  const auto* const command = std::ranges::find(kOperations, opcode, &Operation::opcode);
  if (command == std::end(kOperations))
    return refuse(message, binary::kUnknownCommand, false, true);
  if (!is_well_formed(message, *command)) return refuse(message, binary::kInvalid, true, false);

  const auto arrived = input.substr(binary::kHeaderSize);
  if (arrived.size() < message.extras_size + message.key_size) return {};
  message.extras = arrived.substr(0, message.extras_size);
  message.key = arrived.substr(message.extras_size, message.key_size);
  return parse_command(message, *command);
}

}  // namespace cocached::protocol
