#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace cocached::bench {

enum class Protocol { text, meta, binary };

/// A range of value sizes in bytes, both ends included.
struct SizeRange {
  std::size_t low;
  std::size_t high;
};

/// The settings of one measurement, from the command line.
struct Options {
  std::string host = "127.0.0.1";
  std::string port = "11211";
  int pid = 0;  ///< the server's process; 0 reports neither its CPU time nor its memory
  bool tls = false;
  Protocol protocol = Protocol::text;

  std::size_t connections = 50;
  std::size_t depth = 1;     ///< requests in flight on a connection
  std::size_t multiget = 1;  ///< keys in one get request

  std::uint64_t keys = 100'000;
  std::size_t key_size = 32;
  SizeRange value_size{100, 100};
  double zipf = 0;       ///< exponent of the key popularity, 0: uniform
  double get_ratio = 1;  ///< the share of gets among the requests; the rest are sets
  std::uint32_t ttl = 0;
  std::uint64_t seed = 1;

  double rate = 0;             ///< requests a second, 0: closed loop
  std::uint64_t requests = 0;  ///< 0 if only the duration bounds the run
  /// Nothing if only the number of requests bounds the run. One of the two bounds is always set.
  std::optional<std::chrono::duration<double>> duration;
  bool fill = false;   ///< write every key before the measurement
  bool verify = true;  ///< compare every byte of every value
  bool json = false;
};

/// Reads the command line. Returns the exit code after `--help` or a mistake, which it has printed.
std::variant<Options, int> parse_options(int argc, const char* const* argv);

/// "host:port", "[v6]:port" or just a host. Throws std::invalid_argument.
void parse_server(const std::string& text, Options& options);

/// "100" or "50-4000". Throws std::invalid_argument.
SizeRange parse_size_range(const std::string& text);

/// "uniform", "zipf" or "zipf:0.99" as an exponent. Throws std::invalid_argument.
double parse_distribution(const std::string& text);

}  // namespace cocached::bench
