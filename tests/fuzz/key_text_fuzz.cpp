// Keys in lines of text: what shows a key holds no byte that would end a word or a line, and gives
// the key back.

#include "protocol/base64.hpp"
#include "protocol/percent_encoding.hpp"
#include "tests/fuzz/fuzzing.hpp"
#include "tests/fuzz/percent_decoder.hpp"

using namespace cocached;
using fuzz::demand;

namespace {

void is_word_of(const std::string& word, std::string_view key) {
  demand(protocol::is_plain_key(word), "a word holds no byte that ends it");
  demand(fuzz::percent_decoded(word) == key, "a word gives the key back");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = fuzz::text_of(data, size);
  for (const auto& word :
       {protocol::key_as_word(input), protocol::percent_encoded(input), protocol::printable(input)})
    is_word_of(word, input);
  // The other way round: whatever a text means, what shows that means the same.
  if (const auto key = fuzz::percent_decoded(input)) is_word_of(protocol::key_as_word(*key), *key);
  demand(protocol::is_plain_key(protocol::encode_base64(input)), "base64 is one word");
  demand(protocol::needs_base64(input, false) != protocol::is_plain_key(input),
         "what is not plain needs base64");
  return 0;
}
