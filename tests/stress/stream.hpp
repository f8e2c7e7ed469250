#pragma once

#include "stress/target.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

struct ssl_st;
struct ssl_ctx_st;

namespace cocached::stress {

/// Closes what it owns.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) noexcept : number_(number) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }

  int number() const noexcept { return number_; }

 private:
  int number_;
};

/// The limits that every connection of the run has in common.
struct Patience {
  std::chrono::seconds time{60};  ///< how long nothing may move before the server counts as hung
};

/// A connection to the server, plain or over TLS. Never blocks for longer than its patience; sends
/// and receives at once, so that neither side waits for the other in a long pipeline. Throws Closed
/// and Hung.
class Stream {
 public:
  enum class Kind : std::uint8_t { plain, tls };

  Stream(std::uint16_t port, Kind kind, Patience patience);
  ~Stream();
  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;

  /// Sends all of it.
  void send(std::string_view bytes);

  /// The next line without its end, which is CR LF or LF. Valid until the next call.
  std::string_view line();

  /// The next `size` bytes. Valid until the next call.
  std::string_view bytes(std::size_t size);

  /// The byte that comes next, which is not taken.
  char peek();

  /// Everything until the server closes.
  std::string rest();

  /// Waits at most that long for bytes. False: none have come.
  bool wait_for_input(std::chrono::milliseconds time);

  /// Sends what the kernel takes at once, and never reads.
  std::size_t send_some(std::string_view bytes);

  /// From now on closing resets the connection.
  void abort_on_close();

  int descriptor() const noexcept { return socket_.number(); }

 private:
  struct FreeTls {
    void operator()(ssl_st* tls) const noexcept;
  };
  enum class Moved : std::uint8_t { some, none, closed };

  void shake_hands();
  Moved read(char* to, std::size_t size, std::size_t& n);
  Moved write(std::string_view bytes, std::size_t& n);
  bool receive_some();
  void wait(short events);
  void receive();
  void need(std::size_t size);
  void compact();
  std::string_view take(std::size_t size);
  std::size_t unread() const noexcept { return input_.size() - at_; }

  Patience patience_;
  Descriptor socket_;
  std::unique_ptr<ssl_st, FreeTls> tls_;
  std::string input_;
  std::size_t at_ = 0;  // up to here it is taken
  bool closed_ = false;
};

}  // namespace cocached::stress
