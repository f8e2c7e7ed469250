#include "app/port_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <system_error>

namespace cocached::app {

void write_port_file(const server::Server& server) {
  const char* path = std::getenv("MEMCACHED_PORT_FILENAME");
  if (path == nullptr) return;
  const auto unfinished = std::string{path} + ".lck";
  std::ofstream file{unfinished, std::ios::trunc};
  const auto write = [&](const char* transport, std::span<const server::Endpoint> endpoints) {
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
