#include "replay/trace.hpp"

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::replay {
namespace {

using testing::ElementsAre;

/// A file that goes away with the test.
class TraceFile {
 public:
  TraceFile(const std::string& suffix, const std::string& bytes)
      : path_{testing::TempDir() + testing::UnitTest::GetInstance()->current_test_info()->name() +
              suffix} {
    std::ofstream{path_, std::ios::binary} << bytes;
  }
  ~TraceFile() { std::filesystem::remove(path_); }
  TraceFile(const TraceFile&) = delete;
  TraceFile& operator=(const TraceFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

const std::string kTwoKeys{"\x00\x00\x01\x02\xff\xfe\xfd\xfc", 8};

TEST(ReadTrace, KeysAreBigEndian) {
  const TraceFile file{".bin", kTwoKeys};
  EXPECT_THAT(read_trace(file.path()), ElementsAre(0x102U, 0xfffefdfcU));
}

TEST(ReadTrace, StopsAtTheLimit) {
  const TraceFile file{".bin", kTwoKeys};
  EXPECT_THAT(read_trace(file.path(), 1), ElementsAre(0x102U));
}

TEST(ReadTrace, DropsAnIncompleteLastKey) {
  const TraceFile file{".bin", kTwoKeys.substr(0, 7)};
  EXPECT_THAT(read_trace(file.path()), ElementsAre(0x102U));
}

/// kTwoKeys, compressed.
const std::string kTwoKeysXz{
    "\xfd\x37\x7a\x58\x5a\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x16\x00"
    "\x00\x00\x74\x2f\xe5\xa3\x01\x00\x07\x00\x00\x01\x02\xff\xfe\xfd\xfc\x00"
    "\x14\x02\x2f\xca\xb7\x59\x9d\xb5\x00\x01\x20\x08\xbb\x19\xd9\xbb\x1f\xb6"
    "\xf3\x7d\x01\x00\x00\x00\x00\x04\x59\x5a",
    64};

TEST(ReadTrace, DecompressesXz) {
  const TraceFile file{".xz", kTwoKeysXz};
  EXPECT_THAT(read_trace(file.path()), ElementsAre(0x102U, 0xfffefdfcU));
}

TEST(ReadTrace, TruncatedXzIsAnError) {
  const TraceFile file{".xz", kTwoKeysXz.substr(0, kTwoKeysXz.size() / 2)};
  EXPECT_THROW(read_trace(file.path()), std::runtime_error);
}

TEST(ReadTrace, DamagedXzIsAnErrorThatNamesTheFile) {
  const TraceFile file{".xz", kTwoKeys};
  try {
    read_trace(file.path());
    FAIL() << "was read";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr(file.path()));
  }
}

TEST(ReadTrace, MissingFileIsAnError) {
  EXPECT_THROW(read_trace("/nonexistent/trace"), std::runtime_error);
}

}  // namespace
}  // namespace cocached::replay
