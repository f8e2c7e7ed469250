#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>

namespace cocached::stress {

struct Options {
  std::filesystem::path server;
  std::chrono::seconds seconds{60};
  std::chrono::seconds life{15};  ///< of the server, before it is stopped and started again
  std::chrono::seconds patience{60};
  std::uint64_t seed = 0;
  unsigned memory = 512;  ///< MiB
  unsigned threads = 4;
  unsigned clients = 6;
  unsigned keys = 5000;
  std::filesystem::path keep;  ///< where the server's files stay; else in a folder that goes
};

/// Says what is wrong, or what was asked for, on the terminal. None: nothing is to be run.
std::optional<Options> parse_options(std::span<char*> arguments);

}  // namespace cocached::stress
