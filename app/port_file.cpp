#include "app/port_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace cocached::app {

void write_port_file(std::span<const server::Endpoint> endpoints) {
  const char* path = std::getenv("MEMCACHED_PORT_FILENAME");
  if (path == nullptr) return;
  const auto unfinished = std::string{path} + ".lck";
  std::ofstream file{unfinished, std::ios::trunc};
  for (const auto& endpoint : endpoints)
    file << (endpoint.v6 ? "TCP INET6: " : "TCP INET: ") << endpoint.port << '\n';
  file.close();
  if (!file) throw std::system_error{errno, std::generic_category(), "cannot write " + unfinished};
  std::filesystem::rename(unfinished, path);
}

}  // namespace cocached::app
