#include "bench/request.hpp"

#include "bench/binary_wire.hpp"

#include <array>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

namespace cocached::bench {
namespace {

class TextEncoder final : public Encoder {
 public:
  TextEncoder(const Dataset& data, std::uint32_t ttl) : data_(data), ttl_(ttl) {}

  void append(const Request& request, std::string& out) const override {
    if (request.operation == Operation::set) return append_set(request.keys.front(), out);
    out += "get";
    for (const std::uint64_t key : request.keys) {
      out += ' ';
      data_.append_key(key, out);
    }
    out += "\r\n";
  }

 private:
  void append_set(std::uint64_t key, std::string& out) const {
    out += "set ";
    data_.append_key(key, out);
    fmt::format_to(std::back_inserter(out), " 0 {} {}\r\n", ttl_, data_.value_size(key));
    data_.append_value(key, out);
    out += "\r\n";
  }

  const Dataset& data_;
  std::uint32_t ttl_;
};

class MetaEncoder final : public Encoder {
 public:
  MetaEncoder(const Dataset& data, std::uint32_t ttl) : data_(data), ttl_(ttl) {}

  void append(const Request& request, std::string& out) const override {
    if (request.operation == Operation::set) return append_set(request.keys.front(), out);
    const bool several = request.keys.size() > 1;
    for (const std::uint64_t key : request.keys) {
      out += "mg ";
      data_.append_key(key, out);
      out += several ? " v k q\r\n" : " v\r\n";
    }
    if (several) out += "mn\r\n";
  }

 private:
  void append_set(std::uint64_t key, std::string& out) const {
    out += "ms ";
    data_.append_key(key, out);
    fmt::format_to(std::back_inserter(out), " {} T{}\r\n", data_.value_size(key), ttl_);
    data_.append_value(key, out);
    out += "\r\n";
  }

  const Dataset& data_;
  std::uint32_t ttl_;
};

class BinaryEncoder final : public Encoder {
 public:
  BinaryEncoder(const Dataset& data, std::uint32_t ttl) : data_(data), ttl_(ttl) {}

  void append(const Request& request, std::string& out) const override {
    using binary::Opcode;
    if (request.operation == Operation::set) return append_set(request.keys.front(), out);
    const bool several = request.keys.size() > 1;
    std::uint32_t index = 0;
    for (const std::uint64_t key : request.keys) {
      append_head({.opcode = several ? Opcode::get_quietly : Opcode::get,
                   .key_size = key_size(),
                   .body_size = key_size(),
                   .opaque = index++},
                  out);
      data_.append_key(key, out);
    }
    if (several) append_head({.opcode = Opcode::noop}, out);
  }

 private:
  std::uint16_t key_size() const { return static_cast<std::uint16_t>(data_.key_size()); }

  static void append_head(const binary::Head& head, std::string& out) {
    const auto bytes = binary::encode(head);
    out.append(bytes.data(), bytes.size());
  }

  void append_set(std::uint64_t key, std::string& out) const {
    std::array<char, 8> extras{};  // flags (0), expiry time
    binary::put(&extras[4], ttl_);
    const std::size_t body = extras.size() + data_.key_size() + data_.value_size(key);
    append_head({.opcode = binary::Opcode::set,
                 .key_size = key_size(),
                 .extras_size = extras.size(),
                 .body_size = static_cast<std::uint32_t>(body)},
                out);
    out.append(extras.data(), extras.size());
    data_.append_key(key, out);
    data_.append_value(key, out);
  }

  const Dataset& data_;
  std::uint32_t ttl_;
};

}  // namespace

std::unique_ptr<Encoder> make_encoder(Protocol protocol, const Dataset& data, std::uint32_t ttl) {
  switch (protocol) {
    case Protocol::meta:
      return std::make_unique<MetaEncoder>(data, ttl);
    case Protocol::binary:
      return std::make_unique<BinaryEncoder>(data, ttl);
    case Protocol::text:
      break;
  }
  return std::make_unique<TextEncoder>(data, ttl);
}

}  // namespace cocached::bench
