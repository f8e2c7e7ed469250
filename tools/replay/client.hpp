#pragma once

#include "replay/object.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace cocached::replay {

/// The result of a get of one key.
enum class Lookup { kHit, kMiss, kWrongValue };

/// One blocking connection that speaks memcached's text protocol, pipelined.
/// Throws boost::system::system_error when the connection fails and std::runtime_error on a reply
/// that the protocol does not allow.
class Client {
 public:
  /// `server` is "host:port". `objects` must outlive the client.
  Client(const std::string& server, const Objects& objects);

  /// Stores the objects of `sets`, then asks for those of `gets`, all in one write; fills
  /// `answers` (as long as `gets`). Returns how many sets the server refused.
  std::size_t round(std::span<const std::uint32_t> sets, std::span<const std::uint32_t> gets,
                    std::span<Lookup> answers);

 private:
  bool read_stored();
  Lookup read_lookup(std::uint32_t key);
  std::string_view read_line();
  std::string_view read_bytes(std::size_t count);
  void fill();

  const Objects& objects_;
  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_{io_};
  std::string output_;
  std::vector<char> input_;
  std::size_t begin_ = 0;  ///< the start of the bytes in `input_` that are not read yet
  std::size_t end_ = 0;
};

}  // namespace cocached::replay
