// Keys in base64: what can be decoded is the encoding of what it decodes to, and the other way
// round.

#include "protocol/base64.hpp"
#include "tests/fuzz/fuzzing.hpp"

using namespace cocached;
using fuzz::demand;
using protocol::DecodedKey;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = fuzz::text_of(data, size);
  if (const auto key = DecodedKey::decode(input)) {
    demand(!key->bytes().empty() && key->bytes().size() <= protocol::kMaxKeySize, "a key is a key");
    // The last digit may carry bits of its own, so the text is not always the same; the key is.
    const auto again = DecodedKey::decode(protocol::encode_base64(key->bytes()));
    demand(again && again->bytes() == key->bytes(), "a decoded key can be encoded");
  }
  const auto text = protocol::encode_base64(input);
  const auto decoded = DecodedKey::decode(text);
  if (!input.empty() && input.size() <= protocol::kMaxKeySize)
    demand(decoded && decoded->bytes() == input, "encoded bytes can be decoded");
  return 0;
}
