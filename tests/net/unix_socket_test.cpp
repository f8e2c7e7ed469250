#include "net/unix_socket.hpp"

#include "net/listener.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <gtest/gtest.h>

namespace cocached::net {
namespace {

namespace fs = std::filesystem;
using Local = asio::local::stream_protocol;

class UnixSocketTest : public testing::Test {
 protected:
  UnixSocketTest() {
    std::string name = (fs::temp_directory_path() / "cocached-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~UnixSocketTest() override { fs::remove_all(folder_); }

  std::string path() const { return (folder_ / "socket").string(); }
  bool exists() const { return fs::exists(fs::symlink_status(path())); }

  /// Leaves a socket file behind, as a server does that had no time to clean up.
  void leave_stale_socket() { Local::acceptor acceptor{context_, Local::endpoint{path()}}; }

  error_code error_of_listening() {
    try {
      const Listener listener{context_, UnixSocket{path()}, 16};
      return {};
    } catch (const boost::system::system_error& error) {
      return error.code();
    }
  }

  asio::io_context context_;
  fs::path folder_;
};

TEST_F(UnixSocketTest, TheFileIsThereWhileTheListenerListens) {
  Listener listener{context_, UnixSocket{path()}, 16};
  EXPECT_TRUE(fs::is_socket(path()));
  Local::socket client{context_};
  EXPECT_NO_THROW(client.connect(path()));
  listener.close();
  EXPECT_FALSE(exists());
}

TEST_F(UnixSocketTest, TheModeIsTheOneAskedForWhateverTheUmask) {
  const auto umask_before = ::umask(0);
  for (const mode_t mode : {0700U, 0666U, 0770U}) {
    const Listener listener{context_, UnixSocket{path(), mode}, 16};
    struct stat found{};
    ASSERT_EQ(::lstat(path().c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777U, mode);
  }
  EXPECT_EQ(::umask(umask_before), 0U);
}

TEST_F(UnixSocketTest, AStaleSocketMakesWay) {
  leave_stale_socket();
  ASSERT_TRUE(exists());
  EXPECT_FALSE(error_of_listening());
}

TEST_F(UnixSocketTest, ASocketThatIsListenedOnStays) {
  const Local::acceptor other{context_, Local::endpoint{path()}};
  EXPECT_EQ(error_of_listening(), boost::system::errc::address_in_use);
  Local::socket client{context_};
  EXPECT_NO_THROW(client.connect(path()));
}

TEST_F(UnixSocketTest, ASocketWhoseQueueIsFullIsListenedOn) {
  Local::acceptor other{context_, Local{}};
  other.bind(path());
  other.listen(0);
  Local::socket queued{context_};
  queued.connect(path());
  EXPECT_EQ(error_of_listening(), boost::system::errc::address_in_use);
}

TEST_F(UnixSocketTest, AFileThatIsNoSocketStays) {
  std::ofstream{path()} << "precious";
  EXPECT_EQ(error_of_listening(), boost::system::errc::file_exists);
  EXPECT_EQ(fs::file_size(path()), 8U);
}

TEST_F(UnixSocketTest, ALinkIsNotFollowed) {
  fs::create_symlink(folder_ / "elsewhere", path());
  EXPECT_EQ(error_of_listening(), boost::system::errc::file_exists);
}

TEST_F(UnixSocketTest, AnotherServersSocketIsNotRemoved) {
  Listener listener{context_, UnixSocket{path()}, 16};
  fs::remove(path());
  const Local::acceptor other{context_, Local::endpoint{path()}};
  listener.close();
  EXPECT_TRUE(exists());
}

TEST_F(UnixSocketTest, ASocketIsGivenAway) {
  const Listener listener{context_, UnixSocket{path()}, 16};
  const uid_t user = ::geteuid() == 0 ? 65534 : ::geteuid();
  give_socket_to(path(), user, ::getegid());
  struct stat found{};
  ASSERT_EQ(::lstat(path().c_str(), &found), 0);
  EXPECT_EQ(found.st_uid, user);
}

/// Another process may have put something else in the place of the socket.
TEST_F(UnixSocketTest, GivingASocketAwayFollowsNoLinkAndGivesNothingElse) {
  const auto precious = (folder_ / "precious").string();
  std::ofstream{precious} << "precious";
  const uid_t user = ::geteuid() == 0 ? 65534 : ::geteuid();
  const auto give = [&] { give_socket_to(path(), user, ::getegid()); };
  fs::create_symlink(precious, path());
  EXPECT_THROW(give(), boost::system::system_error);
  fs::remove(path());
  fs::create_hard_link(precious, path());
  EXPECT_THROW(give(), boost::system::system_error);
  fs::remove(path());
  EXPECT_THROW(give(), boost::system::system_error);
  struct stat found{};
  ASSERT_EQ(::lstat(precious.c_str(), &found), 0);
  EXPECT_EQ(found.st_uid, ::geteuid());
}

TEST_F(UnixSocketTest, TheFileIsFoundAgainFromAnotherDirectory) {
  const auto before = fs::current_path();
  fs::current_path(folder_);
  Listener listener{context_, UnixSocket{"socket"}, 16};
  fs::current_path(before);
  listener.close();
  EXPECT_FALSE(exists());
}

TEST_F(UnixSocketTest, AFolderThatIsNotThereAndANameTooLongAreErrors) {
  fs::remove_all(folder_);
  EXPECT_TRUE(error_of_listening());
  EXPECT_THROW((Listener{context_, UnixSocket{std::string(200, 'x')}, 16}),
               boost::system::system_error);
}

}  // namespace
}  // namespace cocached::net
