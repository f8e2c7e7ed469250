#include "tests/support/conversation.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

/// Conversations in meta commands.
namespace cocached::command {
namespace {

using namespace std::chrono_literals;
using test::Client;
using test::converse;
using test::kMalformed;
using test::TestServer;

TEST(MetaTest, GetReturnsWhatItIsAskedFor) {
  converse({{"ms a 3 F5\r\nabc\r\n", "HD\r\n"},
            {"mg a\r\n", "HD\r\n"},
            {"mg a v\r\n", "VA 3\r\nabc\r\n"},
            {"mg a s t c f k Oxy v\r\n", "VA 3 s3 t-1 c1 f5 ka Oxy\r\nabc\r\n"},
            {"mg a Oxy k f\r\n", "HD Oxy ka f5\r\n"},
            {"mg a C1 v\r\n", "HD\r\n"},
            {"mg a C2 v\r\n", "VA 3\r\nabc\r\n"},
            {"mg none v\r\n", "EN\r\n"},
            {"mg none v k O77 s\r\n", "EN knone O77\r\n"},
            {"mg none v q\r\n", ""},
            {"mg a v q\r\n", "VA 3\r\nabc\r\n"},
            {"mn\r\n", "MN\r\n"}});
}

TEST(MetaTest, Set) {
  converse({{"ms a 1 MR\r\n0\r\n", "NS\r\n"},
            {"ms a 1 C1\r\n0\r\n", "NF\r\n"},
            {"ms a 1 ME k O1 c s\r\n1\r\n", "HD ka O1 c1 s1\r\n"},
            {"ms a 1 ME\r\n2\r\n", "NS\r\n"},
            {"ms a 1 C999\r\n2\r\n", "EX\r\n"},
            {"ms a 1 C1 F9\r\n2\r\n", "HD\r\n"},
            {"ms a 2 MA s\r\n34\r\n", "HD s3\r\n"},
            {"ms a 1 MP s\r\n1\r\n", "HD s4\r\n"},
            {"ms new 1 MA\r\n1\r\n", "NS\r\n"},
            {"ms new 1 MA N0\r\n1\r\n", "HD\r\n"},
            {"mg a v f\r\n", "VA 4 f9\r\n1234\r\n"},
            {"ms a 0 E77\r\n\r\n", "HD\r\n"},
            {"mg a c v\r\n", "VA 0 c77\r\n\r\n"},
            {"ms a 1 q\r\n5\r\n", ""},
            {"ms a 1 q ME\r\n6\r\n", "NS\r\n"},
            {"mg a v\r\n", "VA 1\r\n5\r\n"}});
}

TEST(MetaTest, AFailedSetTellsTheSizeThatWasSent) {
  converse({{"ms a 3 MR s\r\nabc\r\n", "NS s3\r\n"},
            {"ms a 2 C9 s k\r\nab\r\n", "NF s2 ka\r\n"},
            {"ms a 1\r\n1\r\n", "HD\r\n"},
            {"ms a 2 C9 s\r\nab\r\n", "EX s2\r\n"},
            {"ms a 2 ME s\r\nab\r\n", "NS s2\r\n"}});
}

TEST(MetaTest, ATouchMaySetTheCas) {
  converse({{"ms a 1\r\n1\r\n", "HD\r\n"},
            {"mg a E500 c\r\n", "HD c1\r\n"},
            {"mg a T100 E500 c\r\n", "HD c500\r\n"},
            {"mg a c t\r\n", "HD c500 t100\r\n"},
            {"ms a 1 C500\r\n2\r\n", "HD\r\n"}});
}

TEST(MetaTest, LargeValuesAreAnsweredLikeSmallOnes) {
  const std::string value(40'000, 'v');
  const auto set = [&](std::string_view flags) {
    return fmt::format("ms large {} {}\r\n{}\r\n", value.size(), flags, value);
  };
  converse({{set("k O123 c s"), "HD klarge O123 c1 s40000\r\n"},
            {set("ME k"), "NS klarge\r\n"},
            {set("q"), ""},
            {"mg large v k\r\n", fmt::format("VA 40000 klarge\r\n{}\r\n", value)},
            {fmt::format("ms large {} q\r\n{}xy", value.size(), value),
             "CLIENT_ERROR bad data chunk\r\n"},
            {"mn\r\n", "MN\r\n"}});
}

TEST(MetaTest, Delete) {
  converse({{"md a\r\n", "NF\r\n"},
            {"ms a 1\r\n1\r\n", "HD\r\n"},
            {"md a C9\r\n", "EX\r\n"},
            {"md a q k\r\n", ""},
            {"md a q k O5\r\n", "NF ka O5\r\n"},
            {"ms a 1 F5\r\n1\r\n", "HD\r\n"},
            {"md a x\r\n", "HD\r\n"},
            {"mg a v f\r\n", "VA 0 f0\r\n\r\n"}});
}

TEST(MetaTest, Arithmetic) {
  converse({{"ma n\r\n", "NF\r\n"},
            {"ma n N0 J10 v\r\n", "VA 2\r\n10\r\n"},
            {"ma n v\r\n", "VA 2\r\n11\r\n"},
            {"ma n\r\n", "HD\r\n"},
            {"ma n MD D5 v\r\n", "VA 1\r\n7\r\n"},
            {"ma n M- D100 v t\r\n", "VA 1 t-1\r\n0\r\n"},
            {"ma n MI D3 v k O1\r\n", "VA 1 kn O1\r\n3\r\n"},
            {"ma n C999\r\n", "EX\r\n"},
            {"ma n q v\r\n", ""},
            {"mg n v\r\n", "VA 1\r\n4\r\n"},
            {"ms n 1\r\nx\r\n", "HD\r\n"},
            {"ma n\r\n", "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n"}});
}

TEST(MetaTest, KeysInBase64) {
  converse({{"ms YWI= 1 b\r\n1\r\n", "HD\r\n"},
            {"mg YWI= b k v\r\n", "VA 1 kYWI= b\r\n1\r\n"},
            {"mg ab k v\r\n", "VA 1 kYWI= b\r\n1\r\n"},  // as it came, whoever asks
            {"get ab\r\n", "VALUE ab 0 1\r\n1\r\nEND\r\n"},
            {"mg YWI b v\r\n", "CLIENT_ERROR error decoding key\r\n"},
            {"mg Y!I= b v\r\n", "CLIENT_ERROR error decoding key\r\n"},
            {"md YWI= b\r\n", "HD\r\n"},
            {"mg ab\r\n", "EN\r\n"}});
}

TEST(MetaTest, AStaleItemIsWonOnce) {
  converse({{"ms a 1\r\n1\r\n", "HD\r\n"},
            {"md a I T30\r\n", "HD\r\n"},
            {"mg a v t\r\n", "VA 1 t30 X W\r\n1\r\n"},
            {"mg a v\r\n", "VA 1 Z X\r\n1\r\n"},
            {"get a\r\n", "VALUE a 0 1\r\n1\r\nEND\r\n"},
            {"ms a 1 C1 I\r\n0\r\n", "HD\r\n"},  // older than the stale one: stored, stale
            {"mg a v\r\n", "VA 1 Z X\r\n0\r\n"},
            {"ms a 1\r\n2\r\n", "HD\r\n"},
            {"mg a v\r\n", "VA 1\r\n2\r\n"}});
}

TEST(MetaTest, AMissThatIsFilledIsWonOnce) {
  converse({{"mg a v N30 t\r\n", "VA 0 t30 W\r\n\r\n"},
            {"mg a v N30\r\n", "VA 0 Z\r\n\r\n"},
            {"ms a 1\r\n1\r\n", "HD\r\n"},
            {"mg a v N30\r\n", "VA 1\r\n1\r\n"}});
}

TEST(MetaTest, TheLaterOfTAndNLimitsTheLifeOfACreatedItem) {
  converse({{"mg a T300 N30 t\r\n", "HD t30 W\r\n"},
            {"mg b N30 T300 t\r\n", "HD t300 W\r\n"},
            {"ma c N20 T1000 t\r\n", "HD t1000\r\n"},
            {"ma d T1000 N20 t\r\n", "HD t20\r\n"},
            {"mg a T300 N30 t\r\n", "HD t300 Z\r\n"},  // it is there: T alone counts
            {"ms e 1 MA T300 N30\r\n1\r\n", "HD\r\n"},
            {"mg e t\r\n", "HD t30\r\n"}});
}

TEST(MetaTest, Times) {
  TestServer server;
  Client client{server};
  EXPECT_EQ(client.send("ms a 1 T30\r\n1\r\nmg a t l h\r\n"), "HD\r\nHD t30 l0 h0\r\n");
  server.clock.pass(10s);
  EXPECT_EQ(client.send("mg a u l h\r\nmg a t l h\r\n"), "HD l10 h1\r\nHD t20 l10 h1\r\n");
  EXPECT_EQ(client.send("mg a R20 v\r\nmg a R21 v\r\nmg a R21 v\r\n"),
            "VA 1\r\n1\r\nVA 1 W\r\n1\r\nVA 1 Z\r\n1\r\n");
  EXPECT_EQ(client.send("ms a 1\r\n1\r\nmg a T100 t\r\nmg a T0 t\r\nmg a T-1\r\nmg a\r\n"),
            "HD\r\nHD t100\r\nHD t-1\r\nHD\r\nEN\r\n");
}

TEST(MetaTest, Debug) {
  TestServer server;
  Client client{server};
  client.send("ms a 3 T100\r\nabc\r\n");
  EXPECT_EQ(client.send("me a\r\n"), "ME a exp=100 la=0 cas=1 fetch=no cls=1 size=4\r\n");
  client.send("mg a\r\n");
  server.clock.pass(5s);
  EXPECT_EQ(client.send("me a\r\n"), "ME a exp=95 la=5 cas=1 fetch=yes cls=1 size=4\r\n");
  EXPECT_EQ(client.send("me none\r\nme\r\n"), std::string{"EN\r\n"} + kMalformed);
}

TEST(MetaTest, Refusals) {
  const std::string long_key(251, 'k');
  const std::string too_many = " s v t f c k h l q u P L T0 E1 F1 D1 J1 N0 R0 C0 M";
  converse({{"mg\r\n", kMalformed},
            {"mg " + long_key + " v\r\n", kMalformed},
            {"mg a v v\r\n", "CLIENT_ERROR duplicate flag\r\n"},
            {"mg a !\r\n", "CLIENT_ERROR invalid flag\r\n"},
            {"mg a Tx\r\n", "CLIENT_ERROR bad token in command line format\r\n"},
            {"mg a" + too_many + "\r\n", "CLIENT_ERROR options flags are too long\r\n"},
            {"mg a O" + std::string(31, 'o') + "\r\n", "EN O" + std::string(31, 'o') + "\r\n"},
            {"mg a O" + std::string(32, 'o') + "\r\n", "CLIENT_ERROR opaque token too long\r\n"},
            {"md a Cx\r\n", "CLIENT_ERROR bad token in command line format\r\n"},
            {"ma n MX\r\n", "CLIENT_ERROR invalid mode for ma M token\r\n"},
            {"ma n Dx\r\n", "CLIENT_ERROR invalid or duplicate flag\r\n"},
            {"ma n v v\r\n", "CLIENT_ERROR invalid or duplicate flag\r\n"},
            {"mn\r\n", "MN\r\n"}});
}

TEST(MetaTest, ARefusedValueIsSwallowed) {
  converse({{"ms a 2 !\r\nmn\r\n", "CLIENT_ERROR invalid flag\r\n"},
            {"ms a 2 v v\r\nmn\r\n", "CLIENT_ERROR duplicate flag\r\n"},
            {"ms a 2 MX\r\nmn\r\n", "CLIENT_ERROR invalid mode for ms M token\r\n"},
            {"ms " + std::string(251, 'k') + " 2\r\nmn\r\n", kMalformed},
            {"ms a 2\r\nmnmn", "CLIENT_ERROR bad data chunk\r\n"},
            {"ms a S2\r\nmn\r\n", std::string{kMalformed} + "MN\r\n"},  // of unknown length
            {"ms a\r\n", kMalformed},
            {"mg a\r\n", "EN\r\n"}});
}

}  // namespace
}  // namespace cocached::command
