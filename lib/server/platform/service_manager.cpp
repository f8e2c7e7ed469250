#include "server/platform/service_manager.hpp"

#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

namespace cocached::server {
namespace {

struct Free {
  void operator()(void* memory) const noexcept { std::free(memory); }
};

const char* text_of(ServiceState state) noexcept {
  switch (state) {
    case ServiceState::ready:
      return "READY=1";
    case ServiceState::reloading:
      return "RELOADING=1";
    case ServiceState::stopping:
      return "STOPPING=1";
  }
  return "";
}

void require_listening(const HandedSocket& socket) {
  if (sd_is_socket(socket.descriptor, AF_UNSPEC, SOCK_STREAM, 1) > 0) return;
  throw std::runtime_error{"what was handed over as " + socket.name +
                           " is no listening stream socket"};
}

}  // namespace

std::vector<HandedSocket> take_handed_sockets() {
  char** list = nullptr;
  const int count = sd_listen_fds_with_names(1, &list);
  const std::unique_ptr<char*, Free> names{list};
  std::vector<HandedSocket> sockets;
  for (int i = 0; i < count; ++i) {
    const std::unique_ptr<char, Free> name{names.get()[i]};
    sockets.push_back({SD_LISTEN_FDS_START + i, name.get()});
    require_listening(sockets.back());
  }
  return sockets;
}

void tell_service_manager(ServiceState state) noexcept {
  sd_notify(0, text_of(state));
}

}  // namespace cocached::server
