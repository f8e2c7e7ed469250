#include "server/key_privacy.hpp"

#include "base/log.hpp"
#include "net/endpoint_text.hpp"
#include "server/listen_address.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <sys/socket.h>
#include <sys/stat.h>
#include <system_error>

#include <fmt/format.h>

namespace cocached::server {
namespace {

using boost::asio::ip::address;

/// The users who can connect, the smallest set first.
enum class Reach : std::uint8_t { owner, machine, network };

Reach reach_of(const address& place) {
  return place.is_loopback() ? Reach::machine : Reach::network;
}

bool others_may(mode_t right, const std::filesystem::path& path) {
  struct stat file{};
  return ::stat(path.c_str(), &file) != 0 || (file.st_mode & right) != 0;
}

/// Modes decide: users who may write to the file, and search every folder above it, may connect. An
/// abstract socket has no file.
Reach reach_of_file(const std::string& path) {
  std::error_code error;
  const auto file = std::filesystem::canonical(path, error);
  if (path.empty() || error) return Reach::machine;
  if (!others_may(S_IWOTH, file)) return Reach::owner;
  for (auto folder = file.parent_path();; folder = folder.parent_path()) {
    if (!others_may(S_IXOTH, folder)) return Reach::owner;
    if (folder == folder.parent_path()) return Reach::machine;
  }
}

Reach reach_of(const net::Endpoint& place) {
  constexpr std::string_view kFile = "unix:";
  if (place.protocol().family() != AF_UNIX) return reach_of(net::to_tcp(place).address());
  return reach_of_file(net::text_of(place).substr(kFile.size()));
}

Reach reach_of(std::span<const net::Endpoint> places) {
  auto widest = Reach::owner;
  for (const auto& place : places) widest = std::max(widest, reach_of(place));
  return widest;
}

bool wants_certificates(const Settings& settings) {
  if (!settings.tls) return false;
  if (settings.ssl.verify >= net::TlsVerify::require) return true;
  return std::ranges::any_of(settings.listen, [](const std::string& text) {
    return parse_listen_address(text, 0).tls == net::TlsMode::mutual;
  });
}

/// Returns how the cache is closed to some of those who reach the endpoint; empty if it is not.
std::string_view closure(const Settings& settings, std::span<const net::Endpoint> cache,
                         const address& http) {
  if (!settings.auth_file.empty()) return "the cache asks its clients for a password";
  if (wants_certificates(settings)) return "the cache asks its clients for a certificate";
  const auto reach = reach_of(cache);
  if (reach >= reach_of(http)) return {};
  return reach == Reach::owner ? "the cache's socket is closed to other users"
                               : "the cache is closed to other machines";
}

}  // namespace

std::string why_keys_are_hidden(const Settings& settings, std::span<const net::Endpoint> cache,
                                const address& http) {
  if (!settings.dump_commands) return "keys are private on this server (-X)";
  if (!settings.http_token_file.empty()) return {};
  const auto closed = closure(settings, cache, http);
  if (closed.empty()) return {};
  return fmt::format(
      "{}, and this endpoint asks nobody who they are: with --http-token-file it shows keys to "
      "those who have the token",
      closed);
}

void warn_of_shown_figures(const Settings& settings, std::span<const net::Endpoint> cache,
                           const address& http) {
  if (!settings.http_token_file.empty() || reach_of(http) != Reach::network) return;
  const auto closed = closure(settings, cache, http);
  if (!closed.empty())
    base::log_warning(
        "{}, but everybody who reaches the HTTP endpoint sees its figures: --http-token-file "
        "keeps strangers out",
        closed);
}

}  // namespace cocached::server
