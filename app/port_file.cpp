#include "app/port_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>

namespace cocached::app {

namespace {

/// True if nothing is there, or what a server has written. A mistyped path must cost nobody a file.
bool is_replaceable(const char* path) {
  std::ifstream file{path};
  std::string word;
  return !(file >> word) || word == "TCP" || word == "UDP";
}

}  // namespace

void write_port_file(const server::Server& server) {
  const char* path = std::getenv("MEMCACHED_PORT_FILENAME");
  if (path == nullptr) return;
  if (!is_replaceable(path))
    throw std::runtime_error{std::string{path} + " is not a file of ports: it is not overwritten"};
  const auto unfinished = std::string{path} + ".lck";
  std::ofstream file{unfinished, std::ios::trunc};
  const auto write = [&](const char* transport, std::span<const server::ServerAddress> endpoints) {
    for (const auto& endpoint : endpoints)
      file << transport << (endpoint.v6 ? " INET6: " : " INET: ") << endpoint.port << '\n';
  };
  write("TCP", server.endpoints());
  write("UDP", server.udp_endpoints());
  file.close();
  if (!file) throw std::system_error{errno, std::generic_category(), "cannot write " + unfinished};
  std::filesystem::rename(unfinished, path);
}

}  // namespace cocached::app
