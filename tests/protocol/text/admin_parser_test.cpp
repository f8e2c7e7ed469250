#include "protocol/text/text_parser.hpp"
#include "tests/protocol/meanings.hpp"

#include <string>

#include <gtest/gtest.h>

/// Commands for operators, through the parser of lines that everybody uses.
namespace cocached::protocol {
namespace {

constexpr const char* kOk = "\"OK\"";

TEST(AdminParserTest, FlushAll) {
  check({{"flush_all", "flush delay=0"},
         {"flush_all noreply", "flush delay=0 quiet"},
         {"flush_all 10", "flush delay=10"},
         {"flush_all 10 noreply", "flush delay=10 quiet"},
         {"flush_all -1", "flush delay=-1"},
         {"flush_all soon", "flush"},
         {"flush_all soon noreply", "flush quiet"}});
}

TEST(AdminParserTest, Verbosity) {
  check({{"verbosity 1", "verbosity 1"},
         {"verbosity 2 noreply", "verbosity 2 quiet"},
         {"verbosity", kMalformed},
         {"verbosity x", kMalformed},
         {"verbosity noreply", std::string{kMalformed} + " quiet"}});
}

TEST(AdminParserTest, CacheMemlimit) {
  check({{"cache_memlimit 8", "memory limit 8 MiB"},
         {"cache_memlimit 1024 noreply", "memory limit 1024 MiB quiet"},
         {"cache_memlimit 1000000000", "memory limit 1000000000 MiB"},
         {"cache_memlimit 7", "\"MEMLIMIT_TOO_SMALL cannot set maxbytes to less than 8m\""},
         {"cache_memlimit 1000000001",
          "\"MEMLIMIT_ADJUST_FAILED input value is megabytes not bytes\""},
         {"cache_memlimit", kError},
         {"cache_memlimit x", kError},
         {"cache_memlimit -8", kError}});
}

TEST(AdminParserTest, Shutdown) {
  check({{"shutdown", "shutdown at once"},
         {"shutdown graceful", "shutdown graceful"},
         {"shutdown please", "shutdown unknown"},
         {"shutdown graceful please", "shutdown unknown"}});
}

TEST(AdminParserTest, SlabsReassign) {
  constexpr const char* kBadClasses = "\"BADCLASS invalid src or dst class id\"";
  check({{"slabs reassign 1 2", kOk},
         {"slabs reassign -1 2", kOk},
         {"slabs reassign 5 5", "\"SAME src and dst class are identical\""},
         {"slabs reassign 1 -1", kBadClasses},
         {"slabs reassign 1 64", kBadClasses},
         {"slabs reassign 64 1", kBadClasses},
         {"slabs reassign x 2", kMalformed},
         {"slabs reassign 1 x", kMalformed},
         {"slabs reassign 1", kError},
         {"slabs reassign 1 2 3", kError}});
}

TEST(AdminParserTest, SlabsAutomove) {
  constexpr const char* kBadWindow = "\"CLIENT_ERROR automove window too low or too high\"";
  check({{"slabs automove 0", kOk},
         {"slabs automove 2", kOk},
         {"slabs automove 3", kError},
         {"slabs automove x", kMalformed},
         {"slabs automove ratio 0.5", kOk},
         {"slabs automove freeratio 0.01", kOk},
         {"slabs automove ratio x", kError},
         {"slabs automove window 3", kOk},
         {"slabs automove window 1800", kOk},
         {"slabs automove window 2", kBadWindow},
         {"slabs automove window 1801", kBadWindow},
         {"slabs automove window x", kMalformed},
         {"slabs automove", kError},
         {"slabs", kError},
         {"slabs dance", kError}});
}

TEST(AdminParserTest, Lru) {
  check(
      {{"lru mode flat", kOk},
       {"lru mode segmented", kOk},
       {"lru mode round", kError},
       {"lru temp_ttl 60", kOk},
       {"lru temp_ttl -1", kOk},
       {"lru temp_ttl x", kError},
       {"lru tune 20 40 0.2 2.0", kOk},
       {"lru tune 40 40 0.2 2.0", kOk},
       {"lru tune 41 40 0.2 2.0", "\"ERROR hot and warm pcts must not exceed 80\""},
       {"lru tune 4294967295 4294967295 0.2 2.0", "\"ERROR hot and warm pcts must not exceed 80\""},
       {"lru tune 20 40 0 2.0", "\"ERROR hot/warm age factors must be greater than 0\""},
       {"lru tune 20 40 0.2 -1", "\"ERROR hot/warm age factors must be greater than 0\""},
       {"lru tune 20 40 nan 2.0", "\"ERROR hot/warm age factors must be greater than 0\""},
       {"lru tune 20 40 x 2.0", kError},
       {"lru tune 20 40 0.2", kError},
       {"lru", kError},
       {"lru mode", kError}});
}

TEST(AdminParserTest, LruCrawler) {
  constexpr const char* kBadClass = "\"BADCLASS invalid class id\"";
  check({{"lru_crawler enable", kOk},
         {"lru_crawler disable", kOk},
         {"lru_crawler dance", kError},
         {"lru_crawler crawl all", kOk},
         {"lru_crawler crawl 1", kOk},
         {"lru_crawler crawl 1,2,63", kOk},
         {"lru_crawler crawl 0", kBadClass},
         {"lru_crawler crawl 64", kBadClass},
         {"lru_crawler crawl 1,,2", kBadClass},
         {"lru_crawler crawl x", kBadClass},
         {"lru_crawler sleep 0", kOk},
         {"lru_crawler sleep 1000000", kOk},
         {"lru_crawler sleep 1000001", "\"CLIENT_ERROR sleep must be one second or less\""},
         {"lru_crawler sleep x", kMalformed},
         {"lru_crawler tocrawl 100", kOk},
         {"lru_crawler tocrawl x", kMalformed},
         {"lru_crawler", kError},
         {"lru_crawler crawl", kError}});
}

/// memcached obeys `noreply` in every command for operators, whether it does something or refuses.
TEST(AdminParserTest, NoreplyHidesEveryReply) {
  for (const auto* line :
       {"lru mode flat", "lru tune 20 40 0.2 2.0", "lru temp_ttl x", "lru", "lru_crawler enable",
        "lru_crawler sleep x", "lru_crawler crawl all", "lru_crawler metadump all",
        "lru_crawler metadump", "lru_crawler", "slabs reassign 1 2", "slabs automove 1", "slabs",
        "cache_memlimit 1", "cache_memlimit x"}) {
    const auto request = parse_text(std::string{line} + " noreply\r\n");
    const auto* const fixed = std::get_if<Fixed>(&request);
    ASSERT_NE(fixed, nullptr) << line;
    EXPECT_TRUE(fixed->quiet) << line;
  }
}

TEST(AdminParserTest, Dumps) {
  constexpr const char* kAll = "metadump of classes with items";
  constexpr const char* kNone = "metadump of classes without items";
  constexpr const char* kUnknown = "metadump of classes unknown";
  check({{"lru_crawler metadump all", kAll},
         {"lru_crawler metadump hash", kAll},
         {"lru_crawler metadump 1", kAll},
         {"lru_crawler metadump 5,1,7", kAll},
         {"lru_crawler metadump 2", kNone},
         {"lru_crawler metadump 2,63", kNone},
         {"lru_crawler metadump 0", kUnknown},
         {"lru_crawler metadump 1,64", kUnknown},
         {"lru_crawler metadump everything", kUnknown},
         {"lru_crawler mgdump all", "mgdump of classes with items"},
         {"lru_crawler mgdump hash", "mgdump of classes with items"},
         {"lru_crawler mgdump 2", "mgdump of classes without items"},
         {"lru_crawler mgdump x", "mgdump of classes unknown"},
         {"lru_crawler crawl hash", "\"BADCLASS invalid class id\""},
         {"lru_crawler metadump", kError},
         {"lru_crawler mgdump", kError},
         {"lru_crawler metadump all all", kError}});
}

}  // namespace
}  // namespace cocached::protocol
