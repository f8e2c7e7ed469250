#include "server/key_privacy.hpp"

#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include <boost/asio/local/stream_protocol.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::server {
namespace {

namespace asio = boost::asio;
using asio::ip::address;
using asio::ip::make_address;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const address kLoopback = make_address("127.0.0.1");
const address kNetwork = make_address("0.0.0.0");

net::Endpoint at(const char* place) {
  return net::tcp::endpoint{make_address(place), 11211};
}

std::string hidden(const Settings& settings, const std::vector<net::Endpoint>& cache,
                   const address& http = kLoopback) {
  return why_keys_are_hidden(settings, cache, http);
}

TEST(KeysAreHidden, NotWhereEverybodyCanAskTheCache) {
  EXPECT_THAT(hidden({}, {at("0.0.0.0"), at("::")}), IsEmpty());
  EXPECT_THAT(hidden({}, {at("0.0.0.0")}, kNetwork), IsEmpty());
  EXPECT_THAT(hidden({}, {at("127.0.0.1"), at("::1")}), IsEmpty());
  EXPECT_THAT(hidden({.tls = true, .ssl = {.verify = net::TlsVerify::request}}, {at("::")}),
              IsEmpty());
}

TEST(KeysAreHidden, WhereThatIsAskedFor) {
  EXPECT_THAT(hidden({.dump_commands = false}, {at("::")}), HasSubstr("-X"));
  EXPECT_THAT(hidden({.dump_commands = false, .http_token_file = "token"}, {at("::")}),
              HasSubstr("-X"));
}

TEST(KeysAreHidden, WhereTheCacheAsksForAPassword) {
  EXPECT_THAT(hidden({.auth_file = "users"}, {at("::")}),
              testing::AllOf(HasSubstr("a password"), HasSubstr("--http-token-file")));
  EXPECT_THAT(hidden({.auth_file = "users", .http_token_file = "token"}, {at("::")}), IsEmpty());
}

TEST(KeysAreHidden, WhereTheCacheAsksForACertificate) {
  const auto asking = [](net::TlsVerify verify) {
    return hidden({.tls = true, .ssl = {.verify = verify}}, {at("::")});
  };
  EXPECT_THAT(asking(net::TlsVerify::require), HasSubstr("a certificate"));
  EXPECT_THAT(asking(net::TlsVerify::once), HasSubstr("a certificate"));
  EXPECT_THAT(hidden({.listen = {"notls:127.0.0.1", "mtls:*"}, .tls = true}, {at("::")}),
              HasSubstr("a certificate"));
}

TEST(KeysAreHidden, WhereTheEndpointReachesFurtherThanTheCache) {
  EXPECT_THAT(hidden({}, {at("127.0.0.1"), at("::1")}, kNetwork), HasSubstr("other machines"));
  EXPECT_THAT(hidden({}, {at("127.0.0.1"), at("10.1.2.3")}, kNetwork), IsEmpty());
}

TEST(KeysAreHidden, WhereTheSocketIsClosedToOtherUsers) {
  const auto path =
      std::filesystem::path{testing::TempDir()} / ("privacy" + std::to_string(getpid()));
  asio::io_context context;
  const asio::local::stream_protocol::endpoint place{path.string()};
  const asio::local::stream_protocol::acceptor socket{context, place};
  const auto with_mode = [&](mode_t mode, const address& http = kLoopback) {
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return hidden({}, {place}, http);
  };
  EXPECT_THAT(with_mode(0700), HasSubstr("closed to other users"));
  EXPECT_THAT(with_mode(0770), HasSubstr("closed to other users"));
  EXPECT_THAT(with_mode(0777), IsEmpty());
  EXPECT_THAT(with_mode(0777, kNetwork), HasSubstr("other machines"));
  EXPECT_THAT(hidden({}, {place, at("127.0.0.1")}), IsEmpty());
  std::filesystem::remove(path);
}

// A socket of mode 0777 counted as open to the machine wherever it was.
TEST(KeysAreHidden, WhereAFolderAboveTheSocketIsClosedToOtherUsers) {
  const auto above =
      std::filesystem::path{testing::TempDir()} / ("closed" + std::to_string(getpid()));
  const auto folder = above / "open";
  std::filesystem::create_directories(folder);
  asio::io_context context;
  const asio::local::stream_protocol::endpoint place{(folder / "socket").string()};
  const asio::local::stream_protocol::acceptor socket{context, place};
  EXPECT_EQ(::chmod(place.path().c_str(), 0777), 0);
  const auto with_modes = [&](mode_t outer, mode_t inner) {
    EXPECT_EQ(::chmod(above.c_str(), outer), 0);
    EXPECT_EQ(::chmod(folder.c_str(), inner), 0);
    return hidden({}, {place});
  };
  EXPECT_THAT(with_modes(0755, 0755), IsEmpty());
  EXPECT_THAT(with_modes(0711, 0711), IsEmpty());
  EXPECT_THAT(with_modes(0755, 0700), HasSubstr("closed to other users"));
  EXPECT_THAT(with_modes(0750, 0777), HasSubstr("closed to other users"));
  std::filesystem::remove_all(above);
}

TEST(ShownFigures, AreWarnedOfWhereTheCacheIsClosedToThoseWhoSeeThem) {
  const auto warning = [](const Settings& settings, const address& http) {
    testing::internal::CaptureStderr();
    warn_of_shown_figures(settings, std::vector{at("::")}, http);
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_THAT(warning({.auth_file = "users"}, kNetwork), HasSubstr("--http-token-file"));
  EXPECT_THAT(warning({.auth_file = "users"}, kLoopback), IsEmpty());
  EXPECT_THAT(warning({.auth_file = "users", .http_token_file = "token"}, kNetwork), IsEmpty());
  EXPECT_THAT(warning({}, kNetwork), IsEmpty());
}

}  // namespace
}  // namespace cocached::server
